/**
 * `npm run preview [-- --dir PATH]`: runs only the preview, for any mini-program's folder. Uses the
 * sandbox at SANDBOX_URL (default http://127.0.0.1:7800) if one answers there. With `--report` it
 * opens every page automatically and writes a table.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DEFAULT_PORTS, SANDBOX_MINI_PROGRAM } from '../lib/defaults'
import { parseCommand } from '../lib/parse-command'
import { explainPort, portFrom } from '../start/ports'
import { codeOf, reportFailure, unwritable, UserError } from '../lib/user-error'
import { findFolders } from './build/folders'
import { readMocks } from './mocks'
import { createPreview, type PreviewOptions } from './preview'
import { reportPages } from './report/report'

const USAGE = `npm run preview -- [--dir PATH]   (PREVIEW_PORT picks the port)
npm run preview -- [--dir PATH] --report [FILE]

Shows the mini-program in miniprogram/, or in another folder that has an app.json or a project.config.json.

--mock    a JSON file with answers for requests, by host and path:
          {"api.example.com": {"/goods/*": {"status": 200, "delay": 300, "body": {"data": []}}}}
--allow   a host that requests may reach beside this computer; may be repeated
--report  opens every page in a browser without a window, and writes a Markdown table of those that open
          without an error to FILE, or prints it. Exit code 1 when a page or the start fails.`

const OPTIONS = {
  dir: { type: 'string', default: 'miniprogram' },
  mock: { type: 'string' },
  allow: { type: 'string', multiple: true, default: [] as string[] },
  report: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

function assertMiniprogram(given: string): void {
  const { dir } = findFolders(given)
  try {
    readFileSync(join(dir, 'app.json'))
  } catch (error) {
    const code = codeOf(error)
    const isMissing = code === 'ENOENT' || code === 'ENOTDIR'
    const what = isMissing ? `There is no app.json in ${dir}` : `app.json in ${dir} can't be read`
    const reason = isMissing ? '' : ` (${code})`
    throw new UserError(`${what}${reason}: name a mini-program's folder.`, { cause: error })
  }
}

interface Given {
  dir: string
  mock?: string | undefined
  allow: string[]
}

function assertHost(host: string): string {
  if (/^[\w.-]+(:\d+)?$/.test(host)) return host
  throw new UserError(`--allow takes a host such as api.example.com, not ${host}.`)
}

/** A URL of the environment. Throws UserError for what is none, such as `127.0.0.1:3000`. */
function readUrl(variable: string): string | undefined {
  const url = process.env[variable]
  if (url === undefined || (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)))
    return url
  throw new UserError(
    `${variable} must be a URL such as http://127.0.0.1:3000, not ${url === '' ? 'empty' : url}.`,
  )
}

function readOptions({ dir, mock, allow }: Given): PreviewOptions {
  const { env } = process
  return {
    dir,
    mocks: mock === undefined ? {} : readMocks(mock),
    allow: allow.map(assertHost),
    appid: env['WECHAT_APPID'] ?? SANDBOX_MINI_PROGRAM,
    sandboxUrl: readUrl('SANDBOX_URL'),
    bffUrl: readUrl('BFF_URL'),
    functionUrl: readUrl('CLOUD_FUNCTION_URL'),
  }
}

async function listen(options: PreviewOptions): Promise<void> {
  const { env } = process
  const port = portFrom(env, 'PREVIEW_PORT', DEFAULT_PORTS.preview)
  const sandboxPort = portFrom(env, 'SANDBOX_PORT', DEFAULT_PORTS.sandbox)
  const preview = createPreview({
    ...options,
    sandboxUrl: options.sandboxUrl ?? `http://127.0.0.1:${sandboxPort}`,
  })
  try {
    const { url } = await preview.listen(port)
    console.log(`Preview of ${options.dir}: ${url}`)
  } catch (error) {
    await preview.close()
    const wanted = { what: 'preview', variable: 'PREVIEW_PORT', port }
    const message = explainPort(codeOf(error), wanted, 'npm run preview')
    throw new UserError(message, { cause: error })
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void preview.close())
  }
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text)
  } catch (error) {
    throw unwritable(file, error)
  }
}

async function report(options: PreviewOptions, file: string | undefined): Promise<void> {
  // Check this before work that takes minutes.
  if (file !== undefined) write(file, '')
  const { markdown, pages, opened, startFaults } = await reportPages(options)
  if (file === undefined) console.log(markdown)
  else write(file, markdown)
  console.error(`${opened} of ${pages} pages open without an error.`)
  if (startFaults > 0) console.error(`Errors at each start that nothing handles: ${startFaults}.`)
  if (opened < pages || startFaults > 0) process.exitCode = 1
}

async function run(): Promise<void> {
  const given = parseCommand(OPTIONS, USAGE, { maxWords: 1 })
  const { report: isReport, words } = given
  if (given.help) {
    console.log(USAGE)
    return
  }
  if (words.length > 0 && !isReport) {
    throw new UserError(`Unexpected argument '${words[0]}': only --report takes a file.\n${USAGE}`)
  }
  assertMiniprogram(given.dir)
  const options = readOptions(given)
  await (isReport ? report(options, words[0]) : listen(options))
}

run().catch(reportFailure)
