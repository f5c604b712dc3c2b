/** The whole stack on free ports with its own folder, as `npm start` starts it. */
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { startStack } from '../../scripts/start/stack'
import type { Stack } from '../../scripts/start/stack'
import { BUILT_BFF } from './built-server'
import { makeTempDir } from './temp-dir'

export interface TestStack extends Stack {
  /** Every line of the BFF. */
  lines: string[]
  /** Reads the database file over its own connection. */
  rows<T>(sql: string): T[]
  /** Number of calls to WeChat on this path. */
  callsTo(path: string): Promise<number>
}

/**
 * @param variables additional settings, e.g. PAY_ADMIN_TOKEN.
 * @param program that Node runs as the BFF.
 */
export async function startTestStack(
  variables: NodeJS.ProcessEnv = {},
  program: readonly string[] = BUILT_BFF,
): Promise<TestStack> {
  const dir = makeTempDir()
  const lines: string[] = []
  const { PATH, HOME, TMPDIR } = process.env
  const stack = await startStack({
    env: { PATH, HOME, TMPDIR, ...variables, SANDBOX_PORT: '0', PORT: '0', PREVIEW_PORT: '0' },
    dataDir: dir.path,
    program,
    onLine: (line) => lines.push(line),
    onProgress: () => undefined,
  })

  return {
    ...stack,
    lines,
    rows<T>(sql: string): T[] {
      const db = new Database(join(dir.path, 'app.db'), { readonly: true })
      const all = db.prepare<[], T>(sql).all()
      db.close()
      return all
    },
    async callsTo(path) {
      const answer = await fetch(`${stack.sandboxUrl ?? ''}/__sandbox/calls`)
      const { counts } = (await answer.json()) as { counts: Record<string, number> }
      return counts[path] ?? 0
    },
    async stop() {
      await stack.stop()
      dir.remove()
    },
  }
}
