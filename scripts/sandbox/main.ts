/**
 * `npm run sandbox`: starts the sandbox on 127.0.0.1 and says where. SANDBOX_PORT picks the port;
 * `--quiet` logs no calls. Ends cleanly on Ctrl-C and SIGTERM.
 */
import { parseArgs } from 'node:util'
import { createSandbox } from './sandbox'

const DEFAULT_PORT = 7800
const USAGE = 'Usage: npm run sandbox -- [--quiet]   (SANDBOX_PORT=7800 picks the port)'

function fail(message: string): never {
  console.error(message)
  process.exit(1)
}

function parsePort(text: string | undefined): number {
  if (text === undefined) return DEFAULT_PORT
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65_535) fail('SANDBOX_PORT must be a number from 0 to 65535.')
  return port
}

function parseCommand() {
  try {
    return parseArgs({ options: { quiet: { type: 'boolean', default: false } } }).values
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : 'wrong arguments'}\n${USAGE}`)
  }
}

function explain(error: unknown, port: number): string {
  if (!(error instanceof Error)) return 'the sandbox could not start'
  return 'code' in error && error.code === 'EADDRINUSE'
    ? `Port ${port} is taken. Choose another: SANDBOX_PORT=${port + 1} npm run sandbox`
    : error.message
}

async function main(): Promise<void> {
  const { quiet } = parseCommand()
  const port = parsePort(process.env['SANDBOX_PORT'])
  const sandbox = createSandbox(quiet ? {} : { log: (line) => console.log(line) })
  const { url } = await sandbox.listen(port).catch((error: unknown) => fail(explain(error, port)))
  console.log(`WeChat sandbox: ${url}`)
  const stop = (): void => {
    void sandbox.close().then(() => process.exit(0))
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
}

void main()
