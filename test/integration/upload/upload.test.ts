/**
 * upload, phone and package, with the real miniprogram-ci, against a stand-in for WeChat's host.
 * Every fault that is checked before the upload is planted, and then the host must receive no byte.
 */
import { spawn } from 'node:child_process'
import { generateKeyPairSync, publicDecrypt, randomBytes } from 'node:crypto'
import { existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { installMiniprogramCi } from '../../../scripts/release/compile'
import { copyProject } from '../../support/project-copy'
import type { ProjectCopy } from '../../support/project-copy'
import { qrJpeg } from './qr-jpeg'
import { useSmallProgram } from './small-program'
import { startUploadHost } from './upload-host'
import type { UploadHost } from './upload-host'

const CI = join(__dirname, '../../../scripts/release/wechat-ci')
const APPID = 'wx0123456789abcdef'
const MIB = 1024 * 1024
const RUN_WITHIN_MS = 300_000

const pem = { format: 'pem', type: 'pkcs1' } as const
const { privateKey: KEY, publicKey: PUBLIC } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: pem,
  publicKeyEncoding: pem,
})

let project: ProjectCopy
let host: UploadHost
beforeAll(async () => {
  await installMiniprogramCi()
}, RUN_WITHIN_MS)
beforeEach(async () => {
  project = copyProject()
  symlinkSync(
    join(CI, 'node_modules'),
    join(project.path, 'scripts/release/wechat-ci/node_modules'),
  )
  project.edit('project.config.json', 'touristappid', APPID)
  project.edit('miniprogram/config.ts', /change-me\.example\.com/g, 'api.shop.example.cn')
  host = await startUploadHost(project.path)
  const attr = { platform: false, appType: 0, isSandbox: false, released: false, setting: {} }
  host.answers['/wxa/ci/getrandstr'] = { errCode: 0, data: { randomString: 'a-random-string' } }
  host.answers['/wxa/ci/getattr'] = { errCode: 0, data: { ...attr, setting: SETTING } }
})
afterEach(async () => {
  await host.close()
  project.remove()
})

/** As WeChat issues it to an ordinary mini-program. */
const SETTING = {
  MaxCodeSize: 2,
  MaxSubpackageSubCodeSize: 2,
  MaxSubpackageFullCodeSize: 30,
  NavigateMiniprogramLimit: 10,
  MaxSubPackageLimit: 100,
  MinTabbarCount: 2,
  MaxTabbarCount: 5,
  MaxCustomTabbarCount: 10,
  MaxTabbarIconSize: 40,
}

function run(script: string, args: string[], env: NodeJS.ProcessEnv = { WECHAT_UPLOAD_KEY: KEY }) {
  const { PATH, HOME } = process.env
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', `scripts/release/${script}.ts`, ...args],
    {
      cwd: project.path,
      env: { PATH, HOME, ...host.env, ...env },
    },
  )
  let out = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')))
  child.stderr.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')))
  return new Promise<{ status: number | null; out: string }>((resolve) => {
    child.once('close', (status) => {
      const shown = KEY.split('\n').filter((line) => line.length > 20 && out.includes(line))
      expect(shown).toEqual([])
      resolve({ status, out })
    })
  })
}

const UPLOAD = ['--version', '1.2.3', '--desc', '头像 & 昵称', '--robot', '7']

it(
  'uploads the compiled package, signed with the key, with version, description and robot',
  async () => {
    const packages = [{ name: '__FULL__', size: 100_000 }]
    host.answers['/wxa/ci/upload'] = { errCode: 0, body: { subpackage_info: packages } }
    const { status, out } = await run('upload', UPLOAD)
    expect(out).toMatch(/Uploaded 1\.2\.3 \(头像 & 昵称\) to wx0123456789abcdef as robot 7\./)
    expect(out).toMatch(/__FULL__ +100000 bytes/)
    expect(status).toBe(0)
    const upload = host.seen.find(({ path }) => path === '/wxa/ci/upload')!
    expect(Object.fromEntries(upload.query)).toMatchObject({
      appid: APPID,
      version: '1.2.3',
      desc: '头像 & 昵称',
      robot: '7',
    })
    const sent = gunzipSync(upload.body).toString('latin1')
    expect(sent).toContain('pages/index/index.wxml')
    expect(sent).not.toContain('PRIVATE KEY')
    const signature = /"signature":"([^"]+)"/.exec(sent)?.[1] ?? ''
    const signed = publicDecrypt(PUBLIC, Buffer.from(signature, 'base64')).toString('utf8')
    expect(JSON.parse(signed)).toEqual({ appid: APPID, rand_str: 'a-random-string' })
  },
  RUN_WITHIN_MS,
)

it(
  'previews: the QR code as a picture and in the terminal',
  async () => {
    useSmallProgram(project)
    const jpeg = await qrJpeg('https://servicewechat.com/wxa-dev/preview/xyz')
    const body = { qrcode_img: jpeg.toString('base64') }
    host.answers['/wxa/ci/testSourceURL'] = { errCode: 0, body }
    const { status, out } = await run('phone', ['--output', 'qr.jpg'])
    expect(out).toMatch(/127\.0\.0\.1:3000 is the phone itself/)
    expect(out).toMatch(/█{40}\n(.*\n){20,}.*█{40}\n/)
    expect(out).not.toContain('\u001b')
    expect(out).toMatch(/The same as a picture: qr\.jpg/)
    expect(status).toBe(0)
    expect(readFileSync(join(project.path, 'qr.jpg'))).toEqual(jpeg)
  },
  RUN_WITHIN_MS,
)

it(
  "gives advice when WeChat refuses by the allow-list, with the address from WeChat's message",
  async () => {
    useSmallProgram(project)
    const errMsg = 'invalid ip: 203.0.113.7, reference: https://developers.weixin.qq.com/x'
    host.answers['/wxa/ci/upload'] = { errCode: -10008, errMsg }
    const { status, out } = await run('upload', UPLOAD)
    expect(out).toMatch(/This address, 203\.0\.113\.7, is not on the IP allow-list/)
    expect(out).toMatch(/→ Add 203\.0\.113\.7 at mp\.weixin\.qq\.com/)
    expect(status).toBe(1)
  },
  RUN_WITHIN_MS,
)

it(
  'gives advice when the network fails',
  async () => {
    useSmallProgram(project)
    const { status, out } = await run('upload', [...UPLOAD, '--proxy', 'http://127.0.0.1:1'])
    expect(out).toMatch(/The proxy lets nothing through/)
    expect(out).toMatch(/→ Check --proxy, https_proxy/)
    expect(status).toBe(1)
    expect(host.seen).toEqual([])
  },
  RUN_WITHIN_MS,
)

it(
  'packs offline, and prints the sizes of the package',
  async () => {
    const { status, out } = await run('package', [], {})
    expect(out).toMatch(/\.cache\/package\.zip: \d+ files\n +main package +[\d.]+ KiB of 2048 KiB/)
    expect(status).toBe(0)
    expect(statSync(join(project.path, '.cache/package.zip')).size).toBeGreaterThan(50_000)
    expect(existsSync(join(project.path, '.cache/package/app.json'))).toBe(true)
    expect(host.seen).toEqual([])
  },
  RUN_WITHIN_MS,
)

describe('before any byte is sent', () => {
  beforeEach(() => useSmallProgram(project))

  /** 32 hexadecimal digits, as in an AppSecret, in two halves that only a compiler joins. */
  const leak = "export const half = '0123456789abcdef' + '0123456789abcdef'\n"

  it.each([
    [
      'the placeholder AppID',
      () => project.edit('project.config.json', APPID, 'touristappid'),
      /AppID is not yours yet[^]*"touristappid": npm run init/,
    ],
    [
      'the placeholder address',
      () =>
        project.edit(
          'miniprogram/config.ts',
          "trial: 'https://api.shop",
          "trial: 'https://change-me.example.com/?",
        ),
      /trial: .*change-me.*Write your own domain/,
    ],
    [
      'an address in the local network',
      () =>
        project.edit(
          'miniprogram/config.ts',
          "release: 'https://api.shop.example.cn",
          "release: 'http://192.168.1.2:3000",
        ),
      /release: .* is an IP address[^]*release: .* is not HTTPS/,
    ],
    [
      'a wrong type',
      () => project.edit('miniprogram/app.ts', /$/, "\nexport const wrong: number = 'text'\n"),
      /Type 'string' is not assignable[^]*The types are wrong; nothing was uploaded/,
    ],
    [
      'a secret in two halves',
      () => {
        project.write('miniprogram/services/half.ts', leak)
        project.edit('miniprogram/app.ts', /^/, "import './services/half'\n")
      },
      /gives a secret away[^]*half\.js: holds a 32-digit hexadecimal string/,
    ],
    [
      'a package of more than 2 MiB',
      () => {
        const picture = join(project.path, 'miniprogram/large.png')
        writeFileSync(picture, randomBytes(2 * MIB))
        project.edit('miniprogram/pages/index/index.wxml', /$/, '<image src="/large.png" />')
      },
      /too large; nothing was uploaded:\n +main package has [\d.]+ KiB/,
    ],
  ])(
    '%s stops it',
    async (_name, plant, message) => {
      plant()
      const { status, out } = await run('upload', UPLOAD)
      expect(out).toMatch(message)
      expect(status).toBe(1)
      expect(host.seen).toEqual([])
    },
    RUN_WITHIN_MS,
  )

  it(
    'a missing key or version, a bad robot or an unknown argument stops it before the compiler starts',
    async () => {
      for (const [args, env, message] of [
        [UPLOAD, {}, /The key for uploads is missing/],
        [[], { WECHAT_UPLOAD_KEY: KEY }, /Say which version/],
        [['--version', '1.2.3', '--robot', '31'], { WECHAT_UPLOAD_KEY: KEY }, /from 1 to 30/],
        [
          ['--version', '1.2.3', '--proxy', 'nowhere'],
          { WECHAT_UPLOAD_KEY: KEY },
          /--proxy must be/,
        ],
        [['--ver', '1'], {}, /--ver[^]*npm run upload --/],
      ] as const) {
        const { status, out } = await run('upload', [...args], env)
        expect(out).toMatch(message)
        expect(out).not.toMatch(/compiling/)
        expect(status).toBe(1)
      }
      expect(host.seen).toEqual([])
    },
    RUN_WITHIN_MS,
  )
})
