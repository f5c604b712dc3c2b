/** Bundles the server to dist/server/main.js, or to the file named: one file starts in half the time of hundreds. */
import { build } from 'esbuild'

const [outfile = 'dist/server/main.js'] = process.argv.slice(2)

await build({
  entryPoints: ['server/main.ts'],
  outfile,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  sourcemap: true,
  // Native code can't be bundled; what is optional may be absent.
  external: ['better-sqlite3', 'sharp', 'kysely', 'pg', 'mysql2', 'ioredis'],
  logLevel: 'info',
})
