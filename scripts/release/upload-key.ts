/**
 * The upload key: text in WECHAT_UPLOAD_KEY, or a file that is not in git and that other users
 * can't read.
 * https://developers.weixin.qq.com/miniprogram/dev/devtools/ci.html
 */
import { spawnSync } from 'node:child_process'
import { createPrivateKey } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { codeOf, UserError } from '../lib/user-error'

const WHERE_FROM =
  'Generate it at mp.weixin.qq.com → 开发管理 → 开发设置 → 小程序代码上传, and allow your address there.'
const OTHERS_MAY_READ = 0o077

function assertPrivate(file: string): void {
  const git = spawnSync('git', ['ls-files', '--error-unmatch', '--', basename(file)], {
    cwd: dirname(file),
  })
  if (git.status === 0) {
    throw new UserError(
      `git tracks the key ${file}: whoever has the repository can upload. ` +
        'git rm --cached it, then generate a new key in the console; the old one is known.',
    )
  }
  if (process.platform !== 'win32' && (statSync(file).mode & OTHERS_MAY_READ) !== 0) {
    throw new UserError(`Other users of this computer may read the key: chmod 600 ${file}`)
  }
}

/** WeChat names the file private.APPID.key, so the key of another mini-program is detected here. */
function assertOwn(file: string, appid: string): void {
  const named = /wx[0-9a-f]{16}/.exec(basename(file))?.[0]
  if (named === undefined || named === appid) return
  throw new UserError(`${basename(file)} is the key of ${named}; project.config.json has ${appid}.`)
}

function readKeyFile(path: string, appid: string): string {
  const file = resolve(path)
  try {
    if (!statSync(file).isFile())
      throw new UserError(`${file} is a folder: name the key file in it.`)
    assertOwn(file, appid)
    assertPrivate(file)
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof UserError) throw error
    const code = codeOf(error)
    const reason =
      code === 'ENOENT' ? 'There is no key file' : `The key file can't be read (${code}):`
    throw new UserError(`${reason} ${file}. ${WHERE_FROM}`, { cause: error })
  }
}

/** Describes the error without showing any part of the key. */
function assertKey(text: string, source: string): void {
  if (/-----BEGIN [A-Z ]*PUBLIC KEY-----/.test(text)) {
    throw new UserError(`${source} holds a public key: the private one is needed. ${WHERE_FROM}`)
  }
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    throw new UserError(`${source} holds no PEM (-----BEGIN … PRIVATE KEY-----). ${WHERE_FROM}`)
  }
  let type: string | undefined
  try {
    type = createPrivateKey(text).asymmetricKeyType
  } catch {
    throw new UserError(
      `${source} holds a damaged key: copy the whole file, with its line breaks. ${WHERE_FROM}`,
    )
  }
  if (type !== 'rsa') throw new UserError(`${source} holds no RSA key. ${WHERE_FROM}`)
}

/**
 * @param keyFile of the command line; goes before the environment.
 * @param env with WECHAT_UPLOAD_KEY (PEM; `\n` written out counts as a line break) or
 *   WECHAT_UPLOAD_KEY_FILE.
 * @returns the key as PEM.
 * @throws UserError that says what is wrong and never shows the key.
 */
export function readUploadKey(
  keyFile: string | undefined,
  env: NodeJS.ProcessEnv,
  appid: string,
): string {
  const path = keyFile ?? env['WECHAT_UPLOAD_KEY_FILE'] ?? ''
  const inline = env['WECHAT_UPLOAD_KEY'] ?? ''
  if (keyFile === undefined && inline !== '') {
    // CI systems that take a secret on one line keep `\n` as two characters, and may append a real one.
    const trimmed = inline.trim()
    const text = trimmed.includes('\n') ? inline : trimmed.replaceAll('\\n', '\n')
    assertKey(text, 'WECHAT_UPLOAD_KEY')
    return text
  }
  if (path === '') {
    throw new UserError(
      'The key for uploads is missing: --key-file FILE, or WECHAT_UPLOAD_KEY_FILE, or its text in ' +
        `WECHAT_UPLOAD_KEY. ${WHERE_FROM}`,
    )
  }
  const text = readKeyFile(path, appid)
  assertKey(text, path)
  return text
}
