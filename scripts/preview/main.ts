/**
 * `npm run preview [-- --dir PATH]`: the preview alone, for any mini-program's folder. Talks to a
 * sandbox at SANDBOX_URL (default http://127.0.0.1:7800) when one answers there.
 */
import { parseArgs } from 'node:util'
import { createPreview } from './preview'

const DEFAULT_PORT = 7801
const DEFAULT_APPID = 'wx5a6dbc0000000001'

function explainListenError(error: unknown, port: number): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (code !== 'EADDRINUSE') return message
  return `Port ${port} is taken. Choose another one: PREVIEW_PORT=7811 npm run preview`
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { dir: { type: 'string', default: 'miniprogram' } } })
  const port = Number(process.env['PREVIEW_PORT'] ?? DEFAULT_PORT)
  const sandboxUrl =
    process.env['SANDBOX_URL'] ?? `http://127.0.0.1:${process.env['SANDBOX_PORT'] ?? 7800}`
  const bffUrl = process.env['BFF_URL']
  const preview = createPreview({
    dir: values.dir,
    appid: process.env['WECHAT_APPID'] ?? DEFAULT_APPID,
    sandboxUrl,
    ...(bffUrl === undefined ? {} : { bffUrl }),
  })
  try {
    const { url } = await preview.listen(port)
    console.log(`Preview of ${values.dir}: ${url}`)
  } catch (error) {
    console.error(explainListenError(error, port))
    process.exitCode = 1
    await preview.close()
    return
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void preview.close())
  }
}

void main()
