/** Runs the whole stack until Ctrl-C or until the backend exits, and prints all addresses. */
import { styleText } from 'node:util'
import { startStack } from './stack'
import type { Stack, StackOptions } from './stack'

/** The texts that differ between projects. */
export interface Words {
  /** The name of the backend, at most 8 characters. */
  backend: string
  /** Printed after its address. */
  backendDetail: string
  /** How to switch to your own AppID when its AppSecret is missing. */
  ownApp: (appid: string) => string
}

/** Colour only on a terminal. */
const colour = (style: 'green' | 'dim' | 'bold', text: string): string =>
  process.stdout.isTTY && process.env['NO_COLOR'] === undefined ? styleText(style, text) : text

/** Prints a line of the backend, prefixed with its name, such as `BFF`. */
export function printLine(backend: string, line: string): void {
  console.log(`${colour('dim', `${backend.toLowerCase()} │`)} ${line}`)
}

function printStep(step: string): void {
  console.log(`… ${step}`)
}

function announce(stack: Stack, env: NodeJS.ProcessEnv, words: Words): void {
  const wechat =
    stack.sandboxUrl === null
      ? 'WeChat itself (AppID from .env); no sandbox is running'
      : `${stack.sandboxUrl}  the stand-in for WeChat`
  const lines = [
    '',
    colour('green', 'Ready.'),
    `  preview  ${colour('bold', stack.previewUrl)}  open it in a browser`,
    `  ${words.backend.padEnd(8)} ${stack.bffUrl}  ${words.backendDetail}`,
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
      `  ${words.ownApp(env['WECHAT_APPID'] ?? '')}`,
    )
  }
  console.log([...lines, '', colour('dim', 'Ctrl-C ends all of it.'), ''].join('\n'))
}

interface Running {
  /** Null during the start: until then, the parts end with this process. */
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

/**
 * @throws Error when something does not start. Later it ends the process, with 1 when the backend
 * exited on its own.
 */
export async function serve(
  options: Omit<StackOptions, 'onLine' | 'onProgress'>,
  words: Words,
): Promise<void> {
  const running: Running = { stack: null, isStopping: false }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      end(running, 0)
    })
  }
  const stack = await startStack({
    ...options,
    onLine: (line) => {
      printLine(words.backend, line)
    },
    onProgress: printStep,
  })
  running.stack = stack
  announce(stack, options.env, words)
  void stack.bff.exited.then((code) => {
    if (!running.isStopping)
      console.error(
        `The ${words.backend} ended by itself (exit code ${code}): see its lines above.`,
      )
    end(running, 1)
  })
}
