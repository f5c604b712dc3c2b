/** npm run doctor as a whole: the table, --json, the exit code, and no secrets in the output. */
import { spawn } from 'node:child_process'
import { SANDBOX_MINI_PROGRAM, sandboxSecret } from '../../scripts/lib/defaults'
import { createSandbox } from '../../scripts/sandbox/sandbox'
import { copyProject } from '../support/project-copy'
import type { ProjectCopy } from '../support/project-copy'

const APPID = SANDBOX_MINI_PROGRAM
const SECRET = sandboxSecret(APPID)
const JWT = 'Xk3vN8qLw2ZrT7yB5mHc9PdFgJsAe4Uo'
const DATA = Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')
const RUN_WITHIN_MS = 60_000

let project: ProjectCopy
const sandbox = createSandbox()
let sandboxUrl = ''
beforeAll(async () => {
  sandboxUrl = (await sandbox.listen(0)).url
  project = copyProject()
})
afterAll(async () => {
  project.remove()
  await sandbox.close()
})

const FREE_PORTS = { PORT: '0', SANDBOX_PORT: '0', PREVIEW_PORT: '0' }

/** As a child process, because this process acts as WeChat. */
function doctor(args: string[], env: NodeJS.ProcessEnv) {
  const { PATH, HOME } = process.env
  const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/doctor/main.ts', ...args], {
    cwd: project.path,
    env: { PATH, HOME, ...FREE_PORTS, ...env },
  })
  let out = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')))
  child.stderr.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')))
  return new Promise<{ status: number | null; out: string }>((resolve) => {
    child.once('close', (status) => resolve({ status, out }))
  })
}

interface Report {
  ok: boolean
  findings: { status: string; subject: string; what: string; cure?: string }[]
}

it(
  'a fresh clone: no failures, notes on the placeholders, exit code 0',
  async () => {
    const { status, out } = await doctor([], {})
    expect(out).toMatch(/^ok {4}Node\.js +\d/m)
    expect(out).toMatch(
      /^warn {2}baseUrl, trial .*change-me\.example\.com is still the placeholder\n +→ /m,
    )
    expect(out).toMatch(/\d+ ok, \d+ to note, 0 to mend\.\n$/)
    expect(out).not.toContain('\u001b')
    expect(status).toBe(0)
  },
  RUN_WITHIN_MS,
)

it(
  'a correct project: every line is ok',
  async () => {
    project.edit('project.config.json', 'touristappid', APPID)
    project.edit('miniprogram/config.ts', /change-me\.example\.com/g, 'api.shop.example.cn')
    const { status, out } = await doctor(['--json'], {
      WECHAT_APPID: APPID,
      WECHAT_APPSECRET: SECRET,
      WECHAT_API_BASE: sandboxUrl,
      JWT_SECRETS: `k1:${JWT}`,
      DATA_KEYS: `k1:${DATA}`,
    })
    const report = JSON.parse(out) as Report
    expect(report.findings.filter((finding) => finding.status !== 'ok')).toEqual([])
    expect(report.findings.map(({ subject }) => subject)).toEqual(
      expect.arrayContaining([
        'Node.js',
        'database',
        'AppID',
        'privacy',
        'clock',
        `WeChat, ${APPID}`,
      ]),
    )
    expect([report.ok, status]).toEqual([true, 0])
  },
  RUN_WITHIN_MS,
)

it(
  'many faults: each has advice, the exit code is 1, and no secret is shown',
  async () => {
    const password = 'pass-word-of-the-database'
    const { status, out } = await doctor(['--json'], {
      WECHAT_APPID: APPID,
      WECHAT_APPSECRET: 'not-the-secret-of-this-app',
      WECHAT_API_BASE: sandboxUrl,
      JWT_SECRETS: 'k1:too-short-secret',
      DATA_KEYS: `k1:${DATA},k2:changeme-changeme`,
      DATABASE_URL: `postgres://root:${password}@127.0.0.1:1/app`,
      REDIS_URL: `redis://:${password}@127.0.0.1:1`,
    })
    const report = JSON.parse(out) as Report
    const failed = report.findings.filter((finding) => finding.status === 'fail')
    expect(failed.map(({ subject }) => subject)).toEqual(
      expect.arrayContaining(['JWT_SECRETS', 'DATA_KEYS', 'database', 'Redis', `WeChat, ${APPID}`]),
    )
    expect(failed.filter(({ cure }) => cure === undefined)).toEqual([])
    for (const secret of [
      'not-the-secret',
      'too-short-secret',
      DATA,
      'changeme-changeme',
      password,
    ]) {
      expect(out).not.toContain(secret)
    }
    expect([report.ok, status]).toEqual([false, 1])
  },
  RUN_WITHIN_MS,
)

it(
  '--help explains the command; an unknown argument is named',
  async () => {
    expect(await doctor(['--help'], {})).toMatchObject({ status: 0 })
    const wrong = await doctor(['--jsn'], {})
    expect(wrong.status).toBe(1)
    expect(wrong.out).toMatch(/--jsn[\s\S]*npm run doctor/)
  },
  RUN_WITHIN_MS,
)
