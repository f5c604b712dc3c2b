/** `npm run appid -- wx…`: writes your AppID into project.config.json, where DevTools reads it. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const FILE = join(__dirname, '../project.config.json')
const APPID = /^wx[0-9a-f]{16}$/

const [appid = ''] = process.argv.slice(2)
if (APPID.test(appid)) {
  const project = JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, unknown>
  writeFileSync(FILE, `${JSON.stringify({ ...project, appid }, null, 2)}\n`)
  console.log(`project.config.json now has ${appid}. Put WECHAT_APPID=${appid} into .env as well.`)
} else {
  console.error('Give your AppID, wx and 16 digits of 0-9 a-f: npm run appid -- wx0123456789abcdef')
  process.exitCode = 1
}
