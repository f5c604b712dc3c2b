/** `npm run upload -- --cloud ENV`: builds the 云函数 and sends it through miniprogram-ci. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { knownSecrets } from '../check/leaks/known-secrets'
import { readEnvironment } from '../lib/environment'
import { runQuietly } from '../lib/tool-packages'
import { UserError } from '../lib/user-error'
import { prepareUpload } from './command'
import { explained, installMiniprogramCi } from './compile'
import { createProgress } from './wechat-ci/progress'
import { runJob } from './wechat-ci/run-job'

interface FunctionUpload {
  /** The cloud environment's id, such as prod-1a2b3c. */
  env: string
  name: string
  'key-file'?: string | undefined
  proxy?: string | undefined
}

const ENV = /^[A-Za-z0-9-]{1,64}$/
/** https://cloud.tencent.com/document/product/583/18586 */
const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,58}[A-Za-z0-9]$/

async function build(root: string): Promise<string> {
  const script = join(root, 'scripts/build.mjs')
  const code = await runQuietly('building', process.execPath, [script], root)
  if (code !== 0) throw new UserError('dist/cloud/ could not be built: see the message above.')
  return join(root, 'dist/cloud')
}

/** Set the variables in the console, because everyone with access to the environment can read the code. */
function assertNoSecrets(root: string, folder: string): void {
  const code = readFileSync(join(folder, 'function.js'), 'utf8')
  const isLeaking = knownSecrets(readEnvironment(root)).some((secret) => code.includes(secret))
  if (isLeaking) throw new UserError('dist/cloud/ holds a secret of .env; nothing was uploaded.')
}

/** @throws UserError that says what to fix. */
export async function uploadFunction(root: string, upload: FunctionUpload): Promise<void> {
  const { env, name } = upload
  if (!ENV.test(env)) throw new UserError('--cloud must be the id of an environment: prod-1a2b3c')
  if (!NAME.test(name)) throw new UserError('--function must be letters, digits, - and _, 2 to 60')
  const job = { kind: 'function', env, name, ...prepareUpload(root, upload) } as const
  const path = await build(root)
  assertNoSecrets(root, path)
  await installMiniprogramCi()
  const { packages } = await explained(runJob({ ...job, path }, createProgress('uploading')))
  const [sent] = packages
  console.log(`Uploaded ${name} (${sent?.size ?? 0} bytes) to ${env} of ${job.appid}.`)
  console.log(
    'In the console the function needs Node.js 20.19 or newer, a timeout of 20 s and its variables: ' +
      'docs/deploy-cloud-function.md',
  )
}
