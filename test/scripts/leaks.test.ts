/** The leak check finds what is planted in a package, also when it is hidden, and nothing else. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { compilePackage } from '../../scripts/leaks/compile-package'
import { findLeaks } from '../../scripts/leaks/find-leaks'
import { makeTempDir } from '../support/temp-dir'

const SECRET = '0123456789abcdef0123456789abcdef'
const dir = makeTempDir()
afterAll(() => {
  dir.remove()
})

let count = 0
async function leaksOf(files: Record<string, string>, secrets: string[] = []) {
  const root = join(dir.path, String(count++), 'miniprogram')
  mkdirSync(root, { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text)
  const { files: compiled, outsiders } = await compilePackage(root)
  return { leaks: compiled.flatMap(({ text }) => findLeaks(text, secrets)), outsiders }
}

it.each([
  ['a 32-digit string', `export const key = '${SECRET}'`],
  ['split over two strings', `export const key = '${SECRET.slice(0, 9)}' + '${SECRET.slice(9)}'`],
  ['as base64', `export const key = '${Buffer.from(SECRET).toString('base64')}'`],
  ["WeChat's server API", "export const url = 'https://api.weixin.qq.com/sns/jscode2session'"],
  ['the API written backwards', "export const url = 'moc.qq.nixiew.ipa'"],
  ['a named secret', "export const options = { appSecret: 'abc' }"],
])('finds %s', async (_name, source) => {
  expect((await leaksOf({ 'app.ts': source })).leaks.length).toBeGreaterThan(0)
})

it('finds a secret of this machine, written backwards, in a file that is no script', async () => {
  const known = 'my-very-own-secret'
  const files = { 'app.json': JSON.stringify({ a: Array.from(known).reverse().join('') }) }
  expect((await leaksOf(files, [known])).leaks).toHaveLength(1)
})

it('names what a script pulls in from outside', async () => {
  writeFileSync(join(dir.path, 'server.ts'), 'export const inside = 1')
  const files = { 'app.ts': "import { inside } from '../../server'\nexport default inside" }
  expect((await leaksOf(files)).outsiders).toHaveLength(1)
})

it('finds nothing in a comment, a type import or plain code', async () => {
  const source = `// https://api.weixin.qq.com is the server's\nimport type { A } from '../../api'\nexport const a: A = 1`
  expect(await leaksOf({ 'app.ts': source })).toEqual({ leaks: [], outsiders: [] })
})
