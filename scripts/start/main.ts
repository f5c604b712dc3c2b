/** `npm start`: everything on this computer, until Ctrl-C. */
import { join } from 'node:path'
import { styleText } from 'node:util'
import { readEnvironment } from '../lib/environment'
import { startStack } from './stack'
import type { Stack } from './stack'

const ROOT = join(__dirname, '../..')

/** Colour only on a terminal. */
const colour = (style: 'green' | 'dim' | 'bold', text: string): string =>
  process.stdout.isTTY && process.env['NO_COLOR'] === undefined ? styleText(style, text) : text

function announce(stack: Stack, env: NodeJS.ProcessEnv): void {
  const wechat =
    stack.sandboxUrl === null
      ? 'WeChat itself (AppID from .env); no sandbox is running'
      : `${stack.sandboxUrl}  the stand-in for WeChat`
  const lines = [
    '',
    colour('green', 'Ready.'),
    `  preview  ${colour('bold', stack.previewUrl)}  open it in a browser`,
    `  BFF      ${stack.bffUrl}  its page signs in on the web`,
    `  WeChat   ${wechat}`,
  ]
  if (stack.sandboxUrl === null) {
    lines.push(
      '  A browser gets no wx.login code from WeChat: log in with WeChat DevTools instead, and',
      '  look at the pages here.',
    )
  } else if ((env['WECHAT_APPID'] ?? '') !== '') {
    lines.push(
      '  WECHAT_APPSECRET is missing, so the sandbox stands in, with its own AppID. To use yours:',
      `  npm run init -- --appid ${env['WECHAT_APPID'] ?? ''}`,
    )
  }
  console.log([...lines, '', colour('dim', 'Ctrl-C ends all of it.'), ''].join('\n'))
}

interface Running {
  /** Null during the start: the parts that run by then end with this process. */
  stack: Stack | null
  isStopping: boolean
}

function end(running: Running, exitCode: number): void {
  if (running.isStopping) return
  running.isStopping = true
  console.log('Stopping.')
  if (running.stack === null) process.exit(exitCode)
  void running.stack.stop().then(() => process.exit(exitCode))
}

async function run(): Promise<void> {
  const env = readEnvironment(ROOT)
  const running: Running = { stack: null, isStopping: false }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      end(running, 0)
    })
  }
  const stack = await startStack({
    env,
    dataDir: join(ROOT, 'data'),
    onLine: (line) => {
      console.log(`${colour('dim', 'bff │')} ${line}`)
    },
    onProgress: (step) => {
      console.log(`… ${step}`)
    },
  })
  running.stack = stack
  announce(stack, env)
  void stack.bff.exited.then((code) => {
    if (!running.isStopping)
      console.error(`The BFF ended by itself (exit code ${code}): see its lines above.`)
    end(running, 1)
  })
}

run().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error))
  process.exit(1)
})
