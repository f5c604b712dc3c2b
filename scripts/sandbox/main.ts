/**
 * `npm run sandbox`: starts the sandbox on 127.0.0.1 and says where. SANDBOX_PORT picks the port,
 * `--state FILE` keeps what it knows across restarts, `--quiet` logs no calls. Ends cleanly on Ctrl-C
 * and SIGTERM.
 */
import { parseArgs } from 'node:util'
import { createSandbox } from './sandbox'

const DEFAULT_PORT = 7800
const USAGE = 'Usage: npm run sandbox -- [--state FILE] [--quiet]   (SANDBOX_PORT picks the port)'

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : 'it could not start'

function parsePort(text: string | undefined): number {
  if (text === undefined) return DEFAULT_PORT
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  throw new Error('SANDBOX_PORT must be a number from 0 to 65535.')
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
  return isTaken
    ? `Port ${port} is taken. Choose another: SANDBOX_PORT=${port + 1} npm run sandbox`
    : messageOf(error)
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
  console.log(`WeChat sandbox: ${url}  (a page for people is there; Ctrl-C ends it)`)
  let isStopping = false
  const stop = (): void => {
    // npm and the terminal may both pass the same Ctrl-C on.
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
