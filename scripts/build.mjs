/**
 * Bundles the server to dist/server/, or to the folder named: main.js, and the backup and the move to
 * another database, which a server needs as well. One file starts in half the time of hundreds.
 */
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const [outdir = 'dist/server'] = process.argv.slice(2)

await build({
  entryPoints: {
    main: 'server/main.ts',
    backup: 'server/backup.ts',
    migrate: 'server/migrate.ts',
  },
  outdir,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  sourcemap: true,
  // The engine keeps the text of what it runs: blanks would take memory. Names stay, for stacks.
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 120,
  // Native code can't be bundled; what is optional may be absent.
  external: ['better-sqlite3', 'sharp', 'pg', 'mysql2', 'ioredis'],
  logLevel: 'info',
})

// A server with Node 20 installs its SQLite from these: npm ci --prefix dist/server
for (const name of ['package.json', 'package-lock.json', '.npmrc', '.prebuild-installrc'])
  cpSync(join('scripts/sqlite-node20', name), join(outdir, name))
