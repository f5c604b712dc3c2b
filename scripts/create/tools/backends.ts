/**
 * The backends of a generated project: the BFF in its `server/`, another program, or a server
 * elsewhere.
 */
import { startBff } from '../../start/bff-process'
import type { BffProcess } from '../../start/bff-process'
import { sandboxEnv } from '../../start/bff-env'
import type { StartBackend } from '../../start/stack'

const ASK_WITHIN_MS = 2000

interface Surroundings {
  /** The project's folder. */
  root: string
  env: NodeJS.ProcessEnv
  onLine: (line: string) => void
}

/**
 * A program such as `backend/main.mjs`. It gets its port and WeChat's address from PORT and
 * WECHAT_….
 */
function runProgram(program: string, { root, env, onLine }: Surroundings): StartBackend {
  return ({ sandboxUrl, port }) =>
    startBff({
      cwd: root,
      program: [program],
      env: { ...env, ...(sandboxUrl !== null && sandboxEnv(sandboxUrl)), PORT: String(port) },
      onLine,
    })
}

/** A backend that somebody else starts and stops. */
function useAddress(url: string, { onLine }: Surroundings): StartBackend {
  const elsewhere: BffProcess = {
    url,
    pid: 0,
    exited: new Promise(() => undefined),
    stop: () => Promise.resolve(),
  }
  return async ({ sandboxUrl }) => {
    try {
      await fetch(url, { signal: AbortSignal.timeout(ASK_WITHIN_MS) })
    } catch {
      const wechat = sandboxUrl ?? 'https://api.weixin.qq.com'
      onLine(`Nothing answers at ${url} yet: start it there, with ${wechat} as its WeChat.`)
    }
    return elsewhere
  }
}

/** @param backend the file of a program, or an http:// address; '' for the BFF in `server/`. */
export function chooseBackend(backend: string, around: Surroundings): StartBackend | undefined {
  if (backend === '') return undefined
  return /^https?:/.test(backend) ? useAddress(backend, around) : runProgram(backend, around)
}
