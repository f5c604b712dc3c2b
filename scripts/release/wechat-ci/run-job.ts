/** Runs one job of miniprogram-ci in a child process, installed on first use. */
import { fork } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { join } from 'node:path'
import type { CiFailure } from './explain-failure'
import type { Progress, Task } from './progress'

const CHILD = join(__dirname, 'child.mjs')
/** How many characters of its output are shown when it exits without a message. */
const KEPT_CHATTER = 4000
/**
 * Settings of the service, hidden from the child because it runs the code of a thousand packages.
 */
const WITHHELD = /^(WECHAT_|PAY_|JWT_|DATA_KEYS$|DATABASE_URL$|REDIS_URL$)/

interface Shared {
  projectPath: string
  appid: string
  /** PEM text. */
  key: string
  proxy?: string
}

export interface CompileJob extends Omit<Shared, 'appid' | 'key'> {
  kind: 'compile'
  /** Path for the compiled package as a zip. */
  zipFile: string
  /** Folder for its files; existing content is removed. */
  folder: string
}

export interface UploadJob extends Shared {
  kind: 'upload'
  version: string
  desc: string
  /** 1 to 30; each has its own row in the console. */
  robot: number
}

export interface PreviewJob extends Shared {
  kind: 'preview'
  desc: string
  robot: number
  /** Path for the QR code as a JPEG. */
  qrFile: string
}

export interface FunctionJob extends Shared {
  kind: 'function'
  /** The cloud environment's id. */
  env: string
  /** The function's name; the function is created if it does not exist. */
  name: string
  /** Its folder, with package.json: the platform installs its dependencies. */
  path: string
}

export interface JobResult {
  /** Sizes by WeChat's count, in bytes; empty for a compilation. */
  packages: { name: string; size: number }[]
  /** Lines for a terminal; empty except for a preview. */
  qrCode: string
}

type ChildMessage =
  | { type: 'task'; task: Task }
  | { type: 'done'; result: Partial<JobResult> }
  | { type: 'failed'; failure: CiFailure }

/** miniprogram-ci refused or failed. */
export class CiError extends Error {
  override readonly name = 'CiError'
  constructor(readonly failure: CiFailure) {
    super(failure.message)
  }
}

/** The compiler requires a key although it signs nothing, so create a temporary one. */
function throwAwayKey(): string {
  const pem = { type: 'pkcs1', format: 'pem' } as const
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: pem,
    publicKeyEncoding: pem,
  }).privateKey
}

function childEnv(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !WITHHELD.test(name)))
}

/** @throws CiError with miniprogram-ci's own number and message. */
export function runJob(
  job: CompileJob | UploadJob | PreviewJob | FunctionJob,
  progress: Progress,
): Promise<JobResult> {
  const stdio = ['ignore', 'pipe', 'pipe', 'ipc'] as const
  const child = fork(CHILD, { cwd: __dirname, env: childEnv(), stdio: [...stdio], execArgv: [] })
  let chatter = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      chatter = (chatter + chunk.toString('utf8')).slice(-KEPT_CHATTER)
    })
  }
  const message =
    job.kind === 'compile' ? { ...job, appid: 'wx0000000000000000', key: throwAwayKey() } : job
  child.send(message)
  return new Promise<JobResult>((resolve, reject) => {
    child.on('message', (said: ChildMessage) => {
      if (said.type === 'task') progress.onTask(said.task)
      else if (said.type === 'done') resolve({ packages: [], qrCode: '', ...said.result })
      else reject(new CiError(said.failure))
    })
    // Has no effect after a message.
    child.once('error', (error) => reject(new CiError({ code: 0, message: error.message })))
    child.once('close', () => reject(new CiError({ code: 0, message: chatter })))
  }).finally(() => {
    progress.end()
    child.kill()
  })
}
