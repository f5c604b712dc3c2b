/**
 * Bundles the server to dist/server/, together with the backup and the database move, which a
 * server also needs, and the 云函数 to dist/cloud/; or to the two named folders. One file starts twice
 * as fast as hundreds.
 */
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const [serverDir = 'dist/server', functionDir = 'dist/cloud'] = process.argv.slice(2)

const common = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  sourcemap: true,
  // V8 keeps the source text in memory, so whitespace is removed. Names stay, for readable stacks.
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 120,
  logLevel: 'info',
}
// Native code can't be bundled.
const native = ['better-sqlite3', 'sharp', 'pg-native']

await build({
  ...common,
  entryPoints: {
    main: 'server/main.ts',
    backup: 'server/backup.ts',
    migrate: 'server/migrate.ts',
  },
  outdir: serverDir,
  // Optional packages may be missing.
  external: [...native, 'pg', 'mysql2', 'ioredis'],
})

await build({
  ...common,
  entryPoints: { function: 'server/cloud-function.ts' },
  outdir: functionDir,
  sourcemap: false,
  // The platform installs it from package.json.
  external: [...native, 'wx-server-sdk'],
})

// A server with Node 20 installs its SQLite from these: npm ci --prefix dist/server
for (const name of ['package.json', 'package-lock.json', '.npmrc', '.prebuild-installrc'])
  cpSync(join('scripts/sqlite-node20', name), join(serverDir, name))

const inFunction = (name) => join('scripts/cloud-function', name)
cpSync(inFunction('index.cjs'), join(functionDir, 'index.js'))
for (const name of ['package.json', 'config.json'])
  cpSync(inFunction(name), join(functionDir, name))
