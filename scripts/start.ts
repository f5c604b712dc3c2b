/** `npm start`: everything on this computer, until Ctrl-C. */
import { join } from 'node:path'
import { styleText } from 'node:util'
import { readEnvironment } from './environment'
import { startStack } from './start/stack'
import type { Stack } from './start/stack'

const ROOT = join(__dirname, '..')

/** Colours yield to plain text where the output is no terminal. */
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
    `  BFF      ${stack.bffUrl}`,
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

async function run(): Promise<void> {
  const env = readEnvironment(ROOT)
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
  announce(stack, env)

  let stopping = false
  const end = (exitCode: number): void => {
    if (stopping) return
    stopping = true
    console.log('Stopping.')
    void stack.stop().then(() => process.exit(exitCode))
  }
  process.on('SIGINT', () => {
    end(0)
  })
  process.on('SIGTERM', () => {
    end(0)
  })
  void stack.bff.exited.then((code) => {
    if (!stopping)
      console.error(`The BFF ended by itself (exit code ${code}): see its lines above.`)
    end(1)
  })
}

run().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error))
  process.exit(1)
})
