/**
 * `npm run upload`: uploads the mini-program to WeChat as a development version; with --cloud, the
 * 云函数.
 */
import { join } from 'node:path'
import { prepareJob, SHARED_OPTIONS, SHARED_USAGE } from './command'
import { explained } from './compile'
import { assertBaseUrls, checkPackage } from './preflight'
import { nameVersion } from './release-name'
import { uploadFunction } from './upload-function'
import { parseCommand } from '../lib/parse-command'
import { reportFailure } from '../lib/user-error'
import { createProgress } from './wechat-ci/progress'
import { runJob } from './wechat-ci/run-job'

const ROOT = join(__dirname, '../..')
const OPTIONS = {
  ...SHARED_OPTIONS,
  version: { type: 'string' },
  cloud: { type: 'string' },
  function: { type: 'string', default: 'cloud' },
} as const
const USAGE = `npm run upload -- [--version 1.2.3] [--desc TEXT] [--robot N] [--key-file FILE]
npm run upload -- --cloud ENV [--function NAME] [--key-file FILE]

  --version V        by default the last git tag
${SHARED_USAGE}
  --cloud ENV        sends dist/cloud/ to this cloud environment, and not the mini-program
  --function NAME    its name there; cloud by default

Types, sizes, leaks, the AppID and the addresses are checked before anything leaves.`

async function run(): Promise<void> {
  const values = parseCommand(OPTIONS, USAGE)
  if (values.help) {
    console.log(USAGE)
    return
  }
  if (values.cloud !== undefined) {
    await uploadFunction(ROOT, { ...values, env: values.cloud, name: values.function })
    return
  }
  const version = nameVersion(ROOT, values.version)
  const job = { kind: 'upload', version, ...prepareJob(ROOT, values) } as const
  assertBaseUrls(ROOT, ['trial', 'release'])
  await checkPackage(ROOT)
  const { packages } = await explained(runJob(job, createProgress('uploading')))
  for (const { name, size } of packages) console.log(`  ${name.padEnd(24)} ${size} bytes`)
  console.log(`Uploaded ${version} (${job.desc}) to ${job.appid} as robot ${job.robot}.`)
  console.log('mp.weixin.qq.com → 版本管理 → 开发版本: make it the trial version, or submit it.')
}

run().catch(reportFailure)
