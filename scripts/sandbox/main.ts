/**
 * `npm run sandbox`: starts the sandbox on 127.0.0.1 and prints its address. SANDBOX_PORT sets the
 * port, `--state FILE` keeps its state across restarts, `--quiet` logs no calls. Ctrl-C and SIGTERM
 * end it.
 */
import { DEFAULT_PORTS } from '../lib/defaults'
import { parseCommand } from '../lib/parse-command'
import { codeOf, UserError } from '../lib/user-error'
import { explainPort, portFrom } from '../start/ports'
import { createSandbox } from './sandbox'

const USAGE = `npm run sandbox -- [--state FILE] [--quiet]   (SANDBOX_PORT picks the port)

Runs WeChat's stand-in on this computer, until Ctrl-C.

--state  keeps users, codes, keys and tokens in FILE across restarts
--quiet  prints no line per call`

const OPTIONS = {
  state: { type: 'string' },
  quiet: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

const logLine = (line: string): void => console.log(`${new Date().toISOString()} ${line}`)

async function main(): Promise<void> {
  const { quiet, state, help } = parseCommand(OPTIONS, USAGE)
  if (help) {
    console.log(USAGE)
    return
  }
  if (state === '') throw new UserError('--state needs a file, such as data/sandbox.json.')
  const port = portFrom(process.env, 'SANDBOX_PORT', DEFAULT_PORTS.sandbox)
  const sandbox = createSandbox({
    ...(quiet ? {} : { log: logLine }),
    ...(state === undefined ? {} : { stateFile: state }),
  })
  const { url } = await sandbox.listen(port).catch((error: unknown) => {
    const wanted = { what: 'WeChat sandbox', variable: 'SANDBOX_PORT', port }
    throw new UserError(explainPort(codeOf(error), wanted, 'npm run sandbox'), { cause: error })
  })
  console.log(`WeChat sandbox: ${url}  (open it in a browser; Ctrl-C ends it)`)
  let isStopping = false
  const stop = (): void => {
    // npm and the terminal can both send SIGINT for one Ctrl-C.
    if (isStopping) return
    isStopping = true
    void sandbox.close().then(() => process.exit(0))
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error))
  process.exit(1)
})
