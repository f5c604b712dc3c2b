/** One rule for every variable of the service: an empty one is an error, whatever it controls. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readSettings } from '../../../server/assemble'
import { ConfigError } from '../../../server/config'

const example = readFileSync(join(__dirname, '../../../.env.example'), 'utf8')
const documented = [...example.matchAll(/^#([A-Z][A-Z0-9_]*)=/gm)].map(([, name = '']) => name)
/** CBR_ENV_ID belongs to 微信云托管; commands, not the service, read the others. */
const OTHERS = ['CBR_ENV_ID', 'SANDBOX_PORT', 'PREVIEW_PORT', 'WECHAT_UPLOAD_KEY_FILE']
const names = documented.filter((name) => !OTHERS.includes(name))

function faultsOf(env: NodeJS.ProcessEnv): string[] {
  try {
    readSettings(env)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
}

it('covers the variables of each feature', () => {
  expect(names).toEqual(expect.arrayContaining(['PORT', 'PAY_MCHID', 'PUBLIC_URL', 'REDIS_URL']))
})

it.each(names)('%s', (name) => {
  // Payment variables are read only when a merchant is named.
  const env = { ...(name.startsWith('PAY_') && { PAY_MCHID: '1900000001' }), [name]: '' }
  expect(faultsOf(env)).toContain(`${name}: is empty: give it a value, or leave it out`)
})
