/** Runs a built 云函数 with the real wx-server-sdk in its own process, one call at a time. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { ErrorBody } from '../../../typings/api'

/** Contains wx-server-sdk; its package.json is the same as in dist/cloud/. */
export const FUNCTION_PACKAGES = join(__dirname, '../../../scripts/cloud-function')
const CHILD = join(__dirname, 'function-child.cjs')

/** The caller as the platform knows it; empty for a call without a person. */
export type Caller = Partial<
  Record<
    'OPENID' | 'APPID' | 'UNIONID' | 'CLIENTIP' | 'SOURCE' | 'FROM_OPENID' | 'FROM_APPID',
    string
  >
>

interface Result<T> {
  statusCode: number
  header: Record<string, string>
  data: T
}

export interface FunctionInstance {
  /** Rejects with the error of `main`. */
  call<T = ErrorBody>(caller: Caller, event: object): Promise<Result<T>>
  /** Time from the start of the process to its first executed line. */
  loadedAfterMs: number
  output: () => string
  stop(): Promise<void>
}

/** @param folder as built by `npm run build`. @param env the variables set in the console. */
export async function startFunction(
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<FunctionInstance> {
  const { PATH } = process.env
  const startedAt = performance.now()
  const child = fork(CHILD, [join(folder, 'index.js')], {
    env: { PATH, NODE_PATH: join(FUNCTION_PACKAGES, 'node_modules'), TCB_ENV: 'prod-1', ...env },
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')))
  const exited = once(child, 'exit')
  const next = async () => {
    const said = await Promise.race([once(child, 'message'), exited.then(() => null)])
    if (said === null) throw new Error(`the function ended:\n${output}`)
    return said[0] as { result?: unknown; error?: string }
  }
  await next()
  const loadedAfterMs = performance.now() - startedAt

  async function send(caller: Caller, event: object): Promise<unknown> {
    // The platform adds it to each event, but a client can forge it as well.
    const userInfo = { appId: caller.APPID, openId: caller.OPENID }
    child.send({ event: { userInfo, ...event }, context: caller })
    const { result, error } = await next()
    if (error !== undefined) throw new Error(error)
    return result
  }

  let last: Promise<unknown> = Promise.resolve()
  return {
    call<T>(caller: Caller, event: object) {
      const answer = last.then(() => send(caller, event))
      last = answer.catch(() => undefined)
      return answer as Promise<Result<T>>
    },
    loadedAfterMs,
    output: () => output,
    async stop() {
      child.kill()
      await exited
    },
  }
}
