/**
 * The test environment of a generated project: WeChat's stand-in and the project's backend, on free
 * ports.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSandbox } from '../../sandbox/sandbox'
import { bffEnv } from '../../start/bff-env'
import { startBff } from '../../start/bff-process'
import { findFreePort } from '../../start/ports'
import { chooseBackend } from './backends'
import { createNodeWx } from './node-wx'

/** Sandbox, backend, and a phone that uses them. */
interface Local {
  /** WeChat's stand-in; its control endpoints are under `/__sandbox/`. */
  readonly sandboxUrl: string
  readonly backendUrl: string
  /** How often the backend has exchanged a login code so far. */
  countLogins(): Promise<number>
  /** Stops both and removes the global `wx`. */
  close(): Promise<void>
}

interface LocalOptions {
  /** The program of the backend; the BFF in `server/` by default. */
  backend?: string
  /** The project's folder; the working directory by default. */
  root?: string
  /** The backend's origin in the mini-program's settings; http://127.0.0.1:3000 by default. */
  devOrigin?: string
}

/** Tests must not use a developer's own database, Redis or apps. */
function testEnv(): NodeJS.ProcessEnv {
  const own = /^(WECHAT_|DATABASE_URL$|REDIS_URL$|PAY_|PUBLIC_URL$|NODE_ENV$)/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)))
}

async function startBackend(backend: string, root: string, sandboxUrl: string, dataDir: string) {
  const lines: string[] = []
  const onLine = (line: string): void => void lines.push(line)
  const env = testEnv()
  const port = await findFreePort()
  const start = chooseBackend(backend, { root, env, onLine })
  try {
    if (start !== undefined) return await start({ sandboxUrl, port })
    const bff = { ...bffEnv(env, dataDir, sandboxUrl), PORT: String(port) }
    return await startBff({ cwd: root, env: bff, onLine })
  } catch (error) {
    console.error(lines.join('\n'))
    throw error
  }
}

/** Whether a call in the sandbox's list exchanged a code. */
const isExchange = ({ path }: { path: string }): boolean => path === '/sns/jscode2session'

/**
 * Starts both and installs the global `wx`.
 *
 * @throws Error with the backend's output when it does not start.
 */
export async function startLocal(options: LocalOptions = {}): Promise<Local> {
  const {
    backend = '',
    root = process.cwd(),
    devOrigin = 'http://127.0.0.1:3000',
  }: LocalOptions = options
  const dataDir = mkdtempSync(join(tmpdir(), 'login-test-'))
  const sandbox = createSandbox()
  const { url: sandboxUrl } = await sandbox.listen(0)
  const endWechat = async (): Promise<void> => {
    await sandbox.close()
    rmSync(dataDir, { recursive: true, force: true })
  }
  try {
    const running = await startBackend(backend, root, sandboxUrl, dataDir)
    const { url: backendUrl } = running
    Object.assign(globalThis, { wx: createNodeWx({ sandboxUrl, backendUrl, devOrigin }) })
    return {
      sandboxUrl,
      backendUrl,
      async countLogins() {
        const answer = await fetch(`${sandboxUrl}/__sandbox/calls`)
        const { calls } = (await answer.json()) as { calls: { path: string }[] }
        return calls.filter(isExchange).length
      },
      async close() {
        Reflect.deleteProperty(globalThis, 'wx')
        await running.stop()
        await endWechat()
      },
    }
  } catch (error) {
    await endWechat()
    throw error
  }
}
