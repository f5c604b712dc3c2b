/**
 * `npm run sandbox`: starts the sandbox on 127.0.0.1 and prints its address. SANDBOX_PORT sets the
 * port, `--state FILE` keeps its state across restarts, `--quiet` logs no calls. Ctrl-C and SIGTERM
 * end it.
 */
import { parseArgs } from 'node:util'
import { DEFAULT_PORTS } from '../lib/defaults'
import { createSandbox } from './sandbox'

const MAX_PORT = 65_535
const USAGE = 'Usage: npm run sandbox -- [--state FILE] [--quiet]   (SANDBOX_PORT sets the port)'

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : 'it could not start'

function parsePort(text: string | undefined): number {
  if (text === undefined) return DEFAULT_PORTS.sandbox
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= MAX_PORT) return port
  throw new Error(`SANDBOX_PORT must be a number from 0 to ${MAX_PORT}.`)
}

function parseCommand() {
  try {
    const options = {
      quiet: { type: 'boolean', default: false },
      state: { type: 'string' },
    } as const
    return parseArgs({ options }).values
  } catch (error) {
    throw new Error(`${messageOf(error)}\n${USAGE}`, { cause: error })
  }
}

function explain(error: unknown, port: number): string {
  const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
  if (!isTaken) return messageOf(error)
  const other = port < MAX_PORT ? port + 1 : DEFAULT_PORTS.sandbox
  return `Port ${port} is taken. Choose another: SANDBOX_PORT=${other} npm run sandbox`
}

const logLine = (line: string): void => console.log(`${new Date().toISOString()} ${line}`)

async function main(): Promise<void> {
  const { quiet, state } = parseCommand()
  const port = parsePort(process.env['SANDBOX_PORT'])
  const sandbox = createSandbox({
    ...(quiet ? {} : { log: logLine }),
    ...(state === undefined ? {} : { stateFile: state }),
  })
  const { url } = await sandbox.listen(port).catch((error: unknown) => {
    throw new Error(explain(error, port), { cause: error })
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
  console.error(messageOf(error))
  process.exit(1)
})
