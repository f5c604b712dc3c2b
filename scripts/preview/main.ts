/**
 * `npm run preview [-- --dir PATH]`: the preview alone, for any mini-program's folder. Talks to a
 * sandbox at SANDBOX_URL (default http://127.0.0.1:7800) when one answers there.
 */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DEFAULT_PORTS, SANDBOX_MINI_PROGRAM } from '../lib/defaults'
import { parseCommand } from '../lib/parse-command'
import { explainPort, portFrom } from '../start/ports'
import { codeOf, reportFailure, UserError } from '../lib/user-error'
import { createPreview } from './preview'

const USAGE = `npm run preview -- [--dir PATH]   (PREVIEW_PORT picks the port)

Shows the mini-program in miniprogram/, or in another folder that has an app.json.`

const OPTIONS = {
  dir: { type: 'string', default: 'miniprogram' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

function assertMiniprogram(dir: string): void {
  if (existsSync(join(dir, 'app.json'))) return
  throw new UserError(`There is no app.json in ${resolve(dir)}: name a mini-program's folder.`)
}

async function listen(dir: string): Promise<void> {
  const { env } = process
  const port = portFrom(env, 'PREVIEW_PORT', DEFAULT_PORTS.preview)
  const sandboxPort = portFrom(env, 'SANDBOX_PORT', DEFAULT_PORTS.sandbox)
  const preview = createPreview({
    dir,
    appid: env['WECHAT_APPID'] ?? SANDBOX_MINI_PROGRAM,
    sandboxUrl: env['SANDBOX_URL'] ?? `http://127.0.0.1:${sandboxPort}`,
    bffUrl: env['BFF_URL'],
    functionUrl: env['CLOUD_FUNCTION_URL'],
  })
  try {
    const { url } = await preview.listen(port)
    console.log(`Preview of ${dir}: ${url}`)
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

async function run(): Promise<void> {
  const { dir, help } = parseCommand(OPTIONS, USAGE)
  if (help) {
    console.log(USAGE)
    return
  }
  assertMiniprogram(dir)
  await listen(dir)
}

run().catch(reportFailure)
