/** Runs one job of miniprogram-ci in a child process, installed on first use. */
import { fork } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { join } from 'node:path'
import type { CiFailure } from './explain-failure'
import type { Progress, Task } from './progress'

const CHILD = join(__dirname, 'child.mjs')
/** How much of its output is shown when it ends without a message. */
const KEPT_CHATTER = 4000
/** Kept from the child, which runs the code of a thousand packages: all settings of the service. */
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
  /** Gets the compiled package as a zip. */
  zipFile: string
  /** Gets its files; what is there before is removed. */
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
  /** Gets the QR code as a JPEG. */
  qrFile: string
}

export interface FunctionJob extends Shared {
  kind: 'function'
  /** The cloud environment's id. */
  env: string
  /** Of the function; it is created where there is none. */
  name: string
  /** Its folder, with package.json: the platform installs what that names. */
  path: string
}

export interface JobResult {
  /** As WeChat counts them, in bytes; empty for a compilation. */
  packages: { name: string; size: number }[]
  /** Lines for a terminal; empty for all but a preview. */
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

/** The compiler demands a key although it signs nothing: make one and throw it away. */
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

/** @throws CiError with miniprogram-ci's own number and words. */
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
    // After a message this changes nothing.
    child.once('error', (error) => reject(new CiError({ code: 0, message: error.message })))
    child.once('close', () => reject(new CiError({ code: 0, message: chatter })))
  }).finally(() => {
    progress.end()
    child.kill()
  })
}
