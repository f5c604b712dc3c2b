/** PAY_* : what is accepted, and what is refused before any order is created. */
import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readSettings } from '../../../../server/assemble'
import { parsePayConfig } from '../../../../server/pay/config'
import { makeTempDir } from '../../../support/temp-dir'

const pem = (pair: ReturnType<typeof makePair>) => ({
  privateKey: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  publicKey: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
})
const makePair = (modulusLength = 2048) => generateKeyPairSync('rsa', { modulusLength })
const merchant = pem(makePair())
const wechat = pem(makePair())
const KEY_ID = 'PUB_KEY_ID_0119000000012025010100000000000001'
const dir = makeTempDir()
const file = (name: string, text: string) => {
  writeFileSync(join(dir.path, name), text)
  return join(dir.path, name)
}
afterAll(() => dir.remove())

const items = [{ item: 'tea', description: '茶叶', priceFen: 990, maxQuantity: 9 }]

const good: NodeJS.ProcessEnv = {
  PAY_MCHID: '1900000001',
  PAY_SERIAL: '5a6dbc0000000000000000000000000000000001',
  PAY_PRIVATE_KEY: merchant.privateKey,
  PAY_API_V3_KEY: 'a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb',
  PAY_PUBLIC_KEYS: JSON.stringify({ [KEY_ID]: wechat.publicKey }),
  PAY_NOTIFY_URL: 'https://api.example.com/v1/pay',
  PAY_CATALOGUE: file('catalogue.json', JSON.stringify(items)),
}

function parse(change: NodeJS.ProcessEnv = {}) {
  const faults: string[] = []
  const report = (name: string, message: string) => void faults.push(`${name}: ${message}`)
  return { config: parsePayConfig({ ...good, ...change }, report), faults }
}

describe('the configuration of payment', () => {
  it('is complete with seven variables, and the rest has defaults', () => {
    const { config, faults } = parse()
    expect(faults).toEqual([])
    expect(config).toMatchObject({
      merchant: { mchid: '1900000001', serial: '5A6DBC0000000000000000000000000000000001' },
      askedSerial: KEY_ID,
      notifyUrl: 'https://api.example.com/v1/pay',
      apiBase: 'https://api.mch.weixin.qq.com',
      catalogue: items,
      adminToken: null,
      expiresMs: 30 * 60_000,
    })
  })

  it('is absent without PAY_MCHID, whatever else is set', () => {
    expect(parse({ PAY_MCHID: undefined, PAY_SERIAL: '' })).toEqual({ config: null, faults: [] })
  })

  it('accepts PEMs from files, and with \\n written out', () => {
    const { config, faults } = parse({
      PAY_PRIVATE_KEY: undefined,
      PAY_PRIVATE_KEY_FILE: file('key.pem', merchant.privateKey),
      PAY_PUBLIC_KEYS: JSON.stringify({ [KEY_ID]: wechat.publicKey.replaceAll('\n', '\\n') }),
    })
    expect(faults).toEqual([])
    expect(config?.merchant.privateKey.type).toBe('private')
  })

  it('requests the first of several keys and accepts all', () => {
    const second = 'PUB_KEY_ID_02'
    const keys = { [KEY_ID]: wechat.publicKey, [second]: pem(makePair()).publicKey }
    const { config } = parse({ PAY_PUBLIC_KEYS: JSON.stringify(keys) })
    expect([...(config?.wechatKeys.keys() ?? [])]).toEqual([KEY_ID, second])
    expect(config?.askedSerial).toBe(KEY_ID)
  })

  it('reports once that the catalogue cannot be read', () => {
    expect(parse({ PAY_CATALOGUE: join(dir.path, 'none.json') }).faults).toEqual([
      'PAY_CATALOGUE: names a file that this user cannot read',
    ])
  })

  it('accepts any secret of the right length outside production', () => {
    const { config } = parse({ PAY_API_V3_KEY: 'a'.repeat(32), PAY_ADMIN_TOKEN: 'b'.repeat(32) })
    expect(config?.adminToken).toBe('b'.repeat(32))
  })

  it('needs no catalogue if the embedding service sets the prices', () => {
    const { config, faults } = parse({ PAY_CATALOGUE: undefined })
    expect(faults).toEqual([])
    expect(config?.catalogue).toBeNull()
  })

  it('needs a catalogue in a process of its own, and says so with the other errors', () => {
    const env = { ...good, PAY_CATALOGUE: undefined, PAY_SERIAL: 'x' }
    expect(() => readSettings(env)).toThrow(/PAY_SERIAL: [^]*PAY_CATALOGUE: is missing/)
    expect(() => readSettings({})).not.toThrow(/PAY_/)
  })

  it('names every error at once and shows no value', () => {
    const { config, faults } = parse({
      PAY_MCHID: 'mch',
      PAY_SERIAL: undefined,
      PAY_PRIVATE_KEY: 'no-key-file',
      PAY_API_V3_KEY: 'short',
      PAY_PUBLIC_KEYS: '{}',
      PAY_NOTIFY_URL: 'https://api.example.com/v1/pay?x=1',
      PAY_CATALOGUE: 'no-catalogue',
      PAY_ADMIN_TOKEN: 'too-short',
      PAY_EXPIRES_MINUTES: '4',
    })
    expect(config).toBeNull()
    const names = faults.map((fault) => fault.split(':')[0])
    expect(new Set(names)).toEqual(
      new Set([
        'PAY_MCHID',
        'PAY_SERIAL',
        'PAY_PRIVATE_KEY',
        'PAY_API_V3_KEY',
        'PAY_PUBLIC_KEYS',
        'PAY_NOTIFY_URL',
        'PAY_CATALOGUE',
        'PAY_ADMIN_TOKEN',
        'PAY_EXPIRES_MINUTES',
      ]),
    )
    expect(faults.join()).not.toMatch(/no-key-file|no-catalogue|short\b(?! of)|too-short/)
  })

  it.each<[string, string, NodeJS.ProcessEnv]>([
    ['PAY_API_V3_KEY', '32 ASCII', { PAY_API_V3_KEY: 'a7cde1ZJB1kG2e7VfTs3jQzaWizur8G' }],
    ['PAY_API_V3_KEY', '32 ASCII', { PAY_API_V3_KEY: '密'.repeat(32) }],
    ['PAY_API_V3_KEY', 'random', { NODE_ENV: 'production', PAY_API_V3_KEY: 'a'.repeat(32) }],
    [
      'PAY_PUBLIC_KEYS',
      "merchant's own",
      { PAY_PUBLIC_KEYS: JSON.stringify({ [KEY_ID]: merchant.publicKey }) },
    ],
    [
      'PAY_PUBLIC_KEYS',
      'private key',
      { PAY_PUBLIC_KEYS: JSON.stringify({ [KEY_ID]: wechat.privateKey }) },
    ],
    [
      'PAY_PUBLIC_KEYS',
      'must be named',
      { PAY_PUBLIC_KEYS: JSON.stringify({ key: wechat.publicKey }) },
    ],
    [
      'PAY_PUBLIC_KEYS',
      '2048',
      { PAY_PUBLIC_KEYS: JSON.stringify({ [KEY_ID]: pem(makePair(1024)).publicKey }) },
    ],
    ['PAY_PRIVATE_KEY', 'either', { PAY_PRIVATE_KEY_FILE: 'x' }],
    ['PAY_PRIVATE_KEY', 'private key', { PAY_PRIVATE_KEY: wechat.publicKey }],
    ['PAY_NOTIFY_URL', 'https', { PAY_NOTIFY_URL: 'http://api.example.com/v1/pay' }],
    ['PAY_NOTIFY_URL', 'slash', { PAY_NOTIFY_URL: 'https://api.example.com/v1/pay/' }],
    ['PAY_API_BASE', 'loopback', { PAY_API_BASE: 'http://pay.example.com' }],
    [
      'PAY_API_BASE',
      'production',
      { NODE_ENV: 'production', PAY_API_BASE: 'http://127.0.0.1:7800' },
    ],
    [
      'PAY_NOTIFY_URL',
      'production',
      { NODE_ENV: 'production', PAY_NOTIFY_URL: 'http://127.0.0.1:3000/v1/pay' },
    ],
    ['PAY_ADMIN_TOKEN', '32', { PAY_ADMIN_TOKEN: 'a'.repeat(31) }],
    ['PAY_ADMIN_TOKEN', 'different', { NODE_ENV: 'production', PAY_ADMIN_TOKEN: 'ab'.repeat(16) }],
    ['PAY_EXPIRES_MINUTES', '1440', { PAY_EXPIRES_MINUTES: '1441' }],
  ])('refuses a wrong %s: %s', (name, words, change) => {
    const { config, faults } = parse(change)
    expect(config).toBeNull()
    expect(faults).toEqual([expect.stringMatching(new RegExp(`^${name}: .*${words}`))])
  })

  it.each([
    ['a price in yuan', [{ ...items[0], priceFen: 9.9 }]],
    ['a price of nothing', [{ ...items[0], priceFen: 0 }]],
    ['an item twice', [...items, ...items]],
    ['no item', []],
    ['more than WeChat can count', [{ ...items[0], priceFen: 2_000_000_000 }]],
    ['an unknown field', [{ ...items[0], price: 1 }]],
  ])('refuses a catalogue with %s', (_name, list) => {
    const { config, faults } = parse({ PAY_CATALOGUE: file('bad.json', JSON.stringify(list)) })
    expect(config).toBeNull()
    expect(faults[0]).toMatch(/^PAY_CATALOGUE(\[\d\][.\w]*)?: /)
  })
})
