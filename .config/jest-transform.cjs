// Strips the types with esbuild, because it is the fastest transform and also builds dist/.
const { extname } = require('node:path')
const esbuild = require('esbuild')

module.exports = {
  process(source, file) {
    const { code } = esbuild.transformSync(source, {
      loader: extname(file) === '.ts' ? 'ts' : 'js',
      format: 'cjs',
      target: 'node20',
      platform: 'node',
      // jest's sandbox does not support import(), so esbuild turns it into a deferred require.
      supported: { 'dynamic-import': false },
      // With the extension .mjs, a default import of another transformed module would be its whole
      // exports object.
      sourcefile: file.replace(/\.mjs$/, '.js'),
      sourcemap: 'inline',
    })
    return { code }
  },
}
