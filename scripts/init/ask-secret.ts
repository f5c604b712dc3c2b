/** Reads the AppSecret from a pipe or the keyboard, never from the command line, which `ps` shows. */
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { UserError } from '../lib/user-error'

const APPSECRET = /^[0-9a-f]{32}$/i
/** Longer than any secret; larger input is refused before it fills the memory. */
const MAX_PIPED_CHARACTERS = 4096

function checked(text: string): string {
  const secret = text.trim()
  if (APPSECRET.test(secret)) return secret
  throw new UserError(
    `That is no AppSecret: it has 32 digits of 0-9 a-f, this has ${secret.length} characters. ` +
      'mp.weixin.qq.com → 开发管理 → 开发设置 → AppSecret. Nothing was written.',
  )
}

/** @throws UserError when the piped text is not an AppSecret. */
export async function readPipedSecret(input: NodeJS.ReadableStream): Promise<string> {
  let text = ''
  for await (const chunk of input) {
    text += String(chunk)
    if (text.length > MAX_PIPED_CHARACTERS) break
  }
  return checked(text)
}

/** Asks without echo. @returns null when only Enter was pressed. */
export async function askForSecret(
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
): Promise<string | null> {
  output.write('AppSecret (not shown; Enter leaves it for later): ')
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const prompt = createInterface({ input, output: silent, terminal: true })
  prompt.once('SIGINT', () => {
    output.write('\n')
    process.exit(130)
  })
  try {
    const answer = await prompt.question('')
    output.write('\n')
    return answer.trim() === '' ? null : checked(answer)
  } finally {
    prompt.close()
  }
}
