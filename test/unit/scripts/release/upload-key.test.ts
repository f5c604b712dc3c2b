/** The upload key: each error is named, and no character of the key is ever shown. */
import { spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readUploadKey } from '../../../../scripts/release/upload-key'
import { makeTempDir } from '../../../support/temp-dir'

const APPID = 'wx0123456789abcdef'
const dir = makeTempDir()
afterAll(() => {
  dir.remove()
})

const pem = { format: 'pem' } as const
const { privateKey: KEY, publicKey: PUBLIC } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { ...pem, type: 'pkcs1' },
  publicKeyEncoding: { ...pem, type: 'spki' },
})
const { privateKey: EC } = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  privateKeyEncoding: { ...pem, type: 'pkcs8' },
  publicKeyEncoding: { ...pem, type: 'spki' },
})

function keyFile(name: string, text = KEY, mode = 0o600): string {
  const file = join(dir.path, name)
  writeFileSync(file, text, { mode })
  chmodSync(file, mode)
  return file
}

/** The message that refuses a file or a text. */
function refusal(file: string | undefined, env: NodeJS.ProcessEnv = {}): string {
  try {
    readUploadKey(file, env, APPID)
  } catch (error) {
    return error instanceof Error ? error.message : ''
  }
  return 'accepted'
}

it('accepts --key-file, a file named by the environment, or text, also on one line', () => {
  const file = keyFile(`private.${APPID}.key`)
  expect(readUploadKey(file, {}, APPID)).toBe(KEY)
  expect(readUploadKey(undefined, { WECHAT_UPLOAD_KEY_FILE: file }, APPID)).toBe(KEY)
  expect(readUploadKey(undefined, { WECHAT_UPLOAD_KEY: KEY }, APPID)).toBe(KEY)
  const oneLine = KEY.replaceAll('\n', '\\n')
  expect(readUploadKey(undefined, { WECHAT_UPLOAD_KEY: oneLine }, APPID)).toBe(KEY)
  expect(readUploadKey(undefined, { WECHAT_UPLOAD_KEY: `${oneLine}\n` }, APPID)).toBe(KEY)
  // The command line overrides the environment.
  expect(readUploadKey(file, { WECHAT_UPLOAD_KEY: 'no key at all' }, APPID)).toBe(KEY)
})

it('reports a missing key, and where to get one', () => {
  expect(refusal(undefined)).toMatch(/key for uploads is missing: --key-file.*小程序代码上传/)
  expect(refusal(join(dir.path, 'nowhere.key'))).toMatch(/There is no key file .*nowhere\.key/)
  mkdirSync(join(dir.path, 'folder.key'))
  expect(refusal(join(dir.path, 'folder.key'))).toMatch(/is a folder/)
})

it.each([
  ['the public half', PUBLIC, /public key: the private one is needed/],
  ['no PEM', 'f00dfeed'.repeat(8), /holds no PEM/],
  [
    'a line cut out',
    KEY.split('\n').toSpliced(5, 3).join('\n'),
    /damaged key: copy the whole file/,
  ],
  ['another kind of key', EC, /no RSA key/],
])('refuses %s without showing it', (_name, text, message) => {
  for (const said of [
    refusal(keyFile('wrong.key', text)),
    refusal(undefined, { WECHAT_UPLOAD_KEY: text }),
  ]) {
    expect(said).toMatch(message)
    for (const line of text
      .split('\n')
      .filter((part) => part.length > 20 && !part.startsWith('-'))) {
      expect(said).not.toContain(line.slice(0, 20))
    }
  }
})

it('refuses a file that others can read, and mentions chmod', () => {
  expect(refusal(keyFile('open.key', KEY, 0o644))).toMatch(/chmod 600 .*open\.key/)
})

it('recognises the key of another mini-program by its name', () => {
  const file = keyFile('private.wxfedcba9876543210.key')
  expect(refusal(file)).toMatch(
    /is the key of wxfedcba9876543210; project\.config\.json has wx0123/,
  )
})

it('refuses a key tracked by git; an untracked one in the folder is accepted', () => {
  const git = (...args: string[]) => spawnSync('git', args, { cwd: dir.path })
  git('init', '-q')
  const file = keyFile('tracked.key')
  expect(refusal(file)).toBe('accepted')
  git('add', '-f', 'tracked.key')
  expect(refusal(file)).toMatch(/git tracks the key/)
})
