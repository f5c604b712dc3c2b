/** `npm run phone`: a QR code with which a developer of the project opens this code on a phone. */
import { mkdirSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { parseCommand } from '../lib/parse-command'
import { readBaseUrls } from '../lib/project/base-urls'
import { prepareJob, SHARED_OPTIONS, SHARED_USAGE } from './command'
import { explained } from './compile'
import { checkPackage } from './preflight'
import { reportFailure } from '../lib/user-error'
import { createProgress } from './wechat-ci/progress'
import { runJob } from './wechat-ci/run-job'

const ROOT = join(__dirname, '../..')
const OPTIONS = { ...SHARED_OPTIONS, output: { type: 'string' } } as const
const USAGE = `npm run phone -- [--output FILE] [--desc TEXT] [--robot N] [--key-file FILE]

  --output FILE      the QR code as a JPEG; .cache/preview-qr.jpg by default
${SHARED_USAGE}`

/** Warns about a loopback address in develop, which a phone can't reach. */
function noteLoopback(): void {
  const { develop } = readBaseUrls(ROOT)
  if (!/^http:\/\/(127\.|localhost)/.test(develop)) return
  console.log(
    `note  miniprogram/config.ts: ${develop} is the phone itself there. Write this computer's address in ` +
      'the local network as develop, and switch on the debug mode of the preview (… → 打开调试).',
  )
}

/** For a log file, which has no colours: block characters draw the light squares. */
function withoutColours(qrCode: string): string {
  return qrCode.replaceAll('\u001b[47m  \u001b[0m', '██').replaceAll('\u001b[40m  \u001b[0m', '  ')
}

async function run(): Promise<void> {
  const values = parseCommand(OPTIONS, USAGE)
  if (values.help) {
    console.log(USAGE)
    return
  }
  const qrFile = resolve(values.output ?? join(ROOT, '.cache/preview-qr.jpg'))
  const job = { kind: 'preview', qrFile, ...prepareJob(ROOT, values) } as const
  noteLoopback()
  await checkPackage(ROOT)
  mkdirSync(dirname(qrFile), { recursive: true })
  const { qrCode } = await explained(runJob(job, createProgress('uploading the preview')))
  console.log(process.stdout.isTTY ? qrCode : withoutColours(qrCode))
  console.log(`The same as a picture: ${relative(process.cwd(), qrFile)}`)
}

run().catch(reportFailure)
