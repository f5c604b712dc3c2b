declare const forge: typeof import('node-forge')
export default forge
