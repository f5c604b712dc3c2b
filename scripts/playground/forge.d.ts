/** The parts of node-forge by themselves: the whole of it would make the page twice as large. */
declare module 'node-forge/lib/forge' {
  const forge: typeof import('node-forge')
  export default forge
}
