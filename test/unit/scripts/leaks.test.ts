/**
 * The leak check finds everything planted in the compiled package, even obfuscated, and nothing
 * else.
 */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findFolderFaults } from '../../../scripts/check/leaks/check-package'
import { compilePackage } from '../../../scripts/check/leaks/compile-package'
import { findLeaks } from '../../../scripts/check/leaks/find-leaks'
import type { Leak } from '../../../scripts/check/leaks/find-leaks'
import { knownSecrets } from '../../../scripts/check/leaks/known-secrets'
import { makeTempDir } from '../../support/temp-dir'

const OWN_PACKAGE = join(__dirname, '../../../miniprogram')
const COMPILE_MS = 120_000
const SECRET = '0f1e2d3c4b5a69788796a5b4c3d2e1f0'
const [FIRST, SECOND] = [SECRET.slice(0, 13), SECRET.slice(13)]
const dir = makeTempDir()
afterAll(() => {
  dir.remove()
})

const base64 = (text: string) => Buffer.from(text).toString('base64')
const backwards = (text: string) => Array.from(text).reverse().join('')
const escaped = (text: string, escape: string) =>
  Array.from(
    text,
    (letter) =>
      escape +
      letter
        .charCodeAt(0)
        .toString(16)
        .padStart(escape === '\\x' ? 2 : 4, '0'),
  ).join('')

let count = 0
async function compile(files: Record<string, string>) {
  const root = join(dir.path, String(count++), 'miniprogram')
  mkdirSync(root, { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text)
  return compilePackage(root)
}

/** The extension of a planted file, and its content. */
type Plant = readonly [extension: string, text: string]
const inScript = (value: string): Plant => ['.ts', `export const planted = ${value}\n`]
const inText = (value: string) => inScript(JSON.stringify(value))

const PLANTS: readonly (readonly [string, Plant])[] = [
  ['an AppSecret', inText(SECRET)],
  ['one in capitals', inText(SECRET.toUpperCase())],
  ['one behind a word', inText(`sk_${SECRET}_x`)],
  ['one in escapes', inScript(`'${escaped(SECRET, '\\x')}'`)],
  ['one as base64', inText(base64(SECRET))],
  ['one as base64 without padding', inText(base64(SECRET).replace(/=+$/, ''))],
  [
    'one as base64url in a longer text',
    inText(Buffer.from(`key=${SECRET}?>`).toString('base64url')),
  ],
  ['one as base64 of base64', inText(base64(base64(SECRET)))],
  ['one as hexadecimal', inText(Buffer.from(SECRET).toString('hex'))],
  ['one backwards', inText(backwards(SECRET))],
  ['one backwards as base64', inText(base64(backwards(SECRET)))],
  ['one as base64 backwards', inText(backwards(base64(SECRET)))],
  ['one added of two strings', inScript(`'${FIRST}' + '${SECOND}'`)],
  ['one of a template', inScript(`\`\${'${FIRST}'}${SECOND}\``)],
  ['one joined of a list', inScript(`['${FIRST}', '${SECOND}'].join('')`)],
  [
    'one joined of four',
    inScript(
      `['${FIRST}', '${SECOND.slice(0, 5)}', '${SECOND.slice(5, 6)}', '${SECOND.slice(6)}'].join('')`,
    ),
  ],
  ['one joined by concat', inScript(`'${FIRST}'.concat('${SECOND}')`)],
  [
    'one of two constants',
    [
      '.ts',
      `const one = '${FIRST}'\nconst two = '${SECOND}'\nexport const planted = () => one + two\n`,
    ],
  ],
  ['one joined backwards', inScript(`['${backwards(SECOND)}', '${backwards(FIRST)}'].join('')`)],
  ['one in a page', ['.wxml', `<view data-key="${SECRET}" />`]],
  ['one in a comment of a page', ['.wxml', `<!-- ${SECRET} -->`]],
  ['one in a style', ['.wxss', `/* ${base64(SECRET)} */`]],
  ["WeChat's server API", inText('https://api.weixin.qq.com/sns/jscode2session')],
  ['the API backwards', inText('moc.qq.nixiew.ipa')],
  ['a named secret', inScript("{ appSecret: 'abc' }")],
  ['a private key', inText('-----BEGIN RSA PRIVATE KEY-----')],
]

describe('in the package of this project', () => {
  /** By path; compiled once, with each plant in its own file. */
  const leaks = new Map<string, Leak[]>()
  beforeAll(async () => {
    const root = join(dir.path, 'whole', 'miniprogram')
    cpSync(OWN_PACKAGE, root, { recursive: true })
    for (const [i, [, [extension, text]]] of PLANTS.entries()) {
      writeFileSync(join(root, `planted-${i}${extension}`), text)
    }
    const { files } = await compilePackage(root)
    for (const { path, text } of files) leaks.set(path.replace(/\.js$/, '.ts'), findLeaks(text))
  }, COMPILE_MS)

  it.each(PLANTS.map(([name, [extension]], i) => [name, `planted-${i}${extension}`] as const))(
    'finds %s',
    (_name, file) => {
      expect(leaks.get(file)?.length).toBeGreaterThan(0)
    },
  )

  it('finds nothing else', () => {
    expect(leaks.size).toBeGreaterThan(80 + PLANTS.length)
    const others = [...leaks].filter(([path]) => !path.startsWith('planted-'))
    expect(others.filter(([, found]) => found.length > 0)).toEqual([])
  })
})

it('finds one in JSON, even escaped, and after the end of a picture', async () => {
  const picture = Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    Buffer.from(SECRET),
  ]).toString('latin1')
  for (const [name, text] of [
    ['a.json', JSON.stringify({ a: SECRET })],
    ['a.json', `{"a":"${escaped(SECRET, '\\u')}"}`],
    ['a.png', picture],
  ] as const) {
    const { files } = await compile({ 'app.ts': 'export default 1', [name]: text })
    expect([text, files.flatMap((file) => findLeaks(file.text)).length > 0]).toEqual([text, true])
  }
})

it('finds a secret of this machine, complete, reversed, in base64, and half of it', async () => {
  const known = 'Xk3vN8qLw2ZrT7yB5mHc9PdFgJsAe4Uo'
  const halves = [known.slice(0, 15), known.slice(15)]
  for (const hidden of [
    known,
    backwards(known),
    base64(known),
    ...halves,
    `..${known.slice(4, 20)}..`,
  ]) {
    const { files } = await compile({ 'app.json': JSON.stringify({ hidden }) })
    expect([hidden, files.flatMap(({ text }) => findLeaks(text, [known])).length]).toEqual([
      hidden,
      1,
    ])
  }
})

it('uses the values of this machine’s environment, not their names', () => {
  const env = {
    WECHAT_APPSECRET: SECRET,
    WECHAT_APPS: '[{"appid":"wx1","secret":"the-secret-of-an-app","type":"miniprogram"}]',
    JWT_SECRETS: 'k1:the-first-secret,k2:with:a:colon',
    DATA_KEYS: 'd1:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=',
    PORT: '3000',
  }
  expect(knownSecrets(env)).toEqual([
    SECRET,
    'the-secret-of-an-app',
    'the-first-secret',
    'with:a:colon',
    'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=',
  ])
  expect(knownSecrets({ WECHAT_APPSECRET: 'sandbox-secret-wx5a6dbc0000000001' })).toEqual([])
})

it('names the files that a script imports from outside', async () => {
  writeFileSync(join(dir.path, 'server.ts'), 'export const inside = 1')
  const source = "import { inside } from '../../server'\nexport default inside"
  expect((await compile({ 'app.ts': source })).outsiders).toHaveLength(1)
})

it('finds nothing in a comment, a type import or plain code', async () => {
  const source = `// https://api.weixin.qq.com is the server's\nimport type { A } from '../../api'\nexport const a: A = 1`
  const { files, outsiders } = await compile({ 'app.ts': source })
  expect([files.flatMap(({ text }) => findLeaks(text)), outsiders]).toEqual([[], []])
})

it('finds secrets planted in a published folder, in a script and in a page', () => {
  const root = join(dir.path, 'published')
  mkdirSync(join(root, 'files'), { recursive: true })
  writeFileSync(join(root, 'page.js'), `call('https://api.weixin.qq.com/sns/jscode2session')`)
  writeFileSync(join(root, 'index.html'), `<script type="application/json">"${SECRET}"</script>`)
  writeFileSync(join(root, 'files/note.txt'), 'nothing')
  const { files, faults } = findFolderFaults(root, [])
  expect(files).toBe(3)
  const found = faults.map((fault) => fault.replace(/^(\S+: holds \S+ \S+).*/s, '$1'))
  expect([...new Set(found)].sort()).toEqual([
    'index.html: holds a 32-digit',
    "page.js: holds WeChat's server",
  ])
})
