/** `npm start`: everything on this computer, until Ctrl-C. */
import { join } from 'node:path'
import { checkVariables } from '../doctor/variables'
import { readEnvironment } from '../lib/environment'
import { parseCommand } from '../lib/parse-command'
import { serve } from './serve'

const ROOT = join(__dirname, '../..')
const USAGE = `npm start   (PORT, SANDBOX_PORT and PREVIEW_PORT pick the ports; in the shell or in .env)

Runs the BFF, the preview and, until .env has an AppID and an AppSecret, the WeChat sandbox on this
computer, until Ctrl-C.`

const OPTIONS = { help: { type: 'boolean', short: 'h', default: false } } as const

async function run(): Promise<void> {
  if (parseCommand(OPTIONS, USAGE).help) {
    console.log(USAGE)
    return
  }
  for (const { subject, what, cure } of checkVariables({ root: ROOT })) {
    console.warn(`${subject}: ${what}. ${cure}`)
  }
  await serve(
    { env: readEnvironment(ROOT), dataDir: join(ROOT, 'data') },
    {
      backend: 'BFF',
      backendDetail: 'its page signs in on the web',
      ownApp: (appid) => `npm run init -- --appid ${appid}`,
    },
  )
}

run().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error))
  process.exit(1)
})
