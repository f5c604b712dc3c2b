/**
 * upload --cloud: the 云函数, built and sent by the real miniprogram-ci over TLS, against stand-ins
 * for WeChat's host and for the host that stores the code.
 */
import { spawn } from 'node:child_process'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { installMiniprogramCi } from '../../../scripts/release/compile'
import { copyProject } from '../../support/project-copy'
import type { ProjectCopy } from '../../support/project-copy'
import { startUploadHost } from './upload-host'
import type { UploadHost } from './upload-host'

const CI = join(__dirname, '../../../scripts/release/wechat-ci')
const APPID = 'wx0123456789abcdef'
const ENV = 'prod-1a2b3c'
const SCF = 'scf.tencentcloudapi.com'
const RUN_WITHIN_MS = 300_000

const pem = { format: 'pem', type: 'pkcs1' } as const
const { privateKey: KEY } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: pem,
  publicKeyEncoding: pem,
})

let project: ProjectCopy
let host: UploadHost
beforeAll(() => installMiniprogramCi(), RUN_WITHIN_MS)
beforeEach(async () => {
  project = copyProject()
  symlinkSync(
    join(CI, 'node_modules'),
    join(project.path, 'scripts/release/wechat-ci/node_modules'),
  )
  project.edit('project.config.json', 'touristappid', APPID)
  host = await startUploadHost(project.path)
})
afterEach(async () => {
  await host.close()
  project.remove()
})

interface AgentBody {
  agentReq: { action: string; postdata: string }
}
interface SignBody {
  signReq: { action: string; hashed_postdata: string }
}
interface CodeBody {
  FunctionName: string
  Namespace: string
  InstallDependency: string
  ZipFile: string
}

const json = (body: Buffer): unknown => JSON.parse(body.toString('utf8'))

/** WeChat's cloud with one environment and one function, in the tool's format. */
function serveCloud(): void {
  const content = (response: object) => ({
    errCode: 0,
    data: { base_resp: { ret: 0 }, content: JSON.stringify({ Response: response }) },
  })
  const text = { Source: '', Alias: '', CreateTime: '', UpdateTime: '', Status: 'NORMAL' }
  const none = { Databases: [], Storages: [] }
  const functions = [{ Namespace: ENV, Region: 'ap-shanghai' }]
  const environment = { EnvId: ENV, ...text, ...none, Functions: functions }
  const info = {
    FunctionName: 'cloud',
    Runtime: 'Nodejs20.19',
    Handler: 'index.main',
    MemorySize: 256,
    Timeout: 20,
    Status: 'Active',
    InstallDependency: 'TRUE',
    Environment: { Variables: [] },
    PublicNetConfig: { EipConfig: { EipStatus: 'DISABLE', EipAddress: [] } },
  }
  const byAction: Record<string, object> = {
    DescribeEnvs: { RequestId: '1', EnvList: [environment] },
    GetFunction: { RequestId: '2', ...info },
  }
  host.answers['/wxa/ci/getrandstr'] = { errCode: 0, data: { randomString: 'a-random-string' } }
  host.answers['/wxa/ci/getattr'] = { errCode: 0, data: { platform: false, setting: {} } }
  host.answers['/wxa/ci/cloudapihttpagent'] = ({ body }) =>
    content(byAction[(json(body) as AgentBody).agentReq.action] ?? {})
  host.answers['/wxa/ci/getqcloudapisignature'] = {
    errCode: 0,
    header: 'X-Signed: by-wechat\nContent-Type: application/json',
  }
  host.answers[SCF] = { Response: { RequestId: '3' } }
}

function upload(args: string[]) {
  const { PATH, HOME } = process.env
  const command = ['--import', 'tsx', 'scripts/release/upload.ts', ...args]
  const child = spawn(process.execPath, command, {
    cwd: project.path,
    env: { PATH, HOME, ...host.env, WECHAT_UPLOAD_KEY: KEY },
  })
  let out = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')))
  return new Promise<{ status: number | null; out: string }>((resolve) => {
    child.once('close', (status) => resolve({ status, out }))
  })
}

it(
  'sends dist/cloud/ to the environment, signed by WeChat for exactly these bytes',
  async () => {
    serveCloud()
    const { status, out } = await upload(['--cloud', ENV])
    expect(out).toMatch(/Uploaded cloud \(\d+ bytes\) to prod-1a2b3c of wx0123456789abcdef/)
    expect(out).toMatch(/Node\.js 20\.19 or newer/)
    expect(status).toBe(0)
    const sent = host.seen.filter((seen) => seen.host === SCF)
    expect(sent).toHaveLength(1)
    const code = json(sent[0]!.body) as CodeBody
    expect(code).toMatchObject({
      FunctionName: 'cloud',
      Namespace: ENV,
      InstallDependency: 'TRUE',
    })
    const zip = Buffer.from(code.ZipFile, 'base64').toString('latin1')
    for (const name of ['index.js', 'function.js', 'package.json', 'config.json'])
      expect(zip).toContain(name)
    expect(zip).not.toContain('node_modules')
    const signed = host.seen.find(({ path }) => path === '/wxa/ci/getqcloudapisignature')
    expect((json(signed!.body) as SignBody).signReq).toMatchObject({
      action: 'UpdateFunctionCode',
      hashed_postdata: createHash('sha256').update(sent[0]!.body).digest('hex'),
    })
    expect(readFileSync(join(project.path, 'dist/cloud/package.json'), 'utf8')).toContain(
      '"wx-server-sdk": "4.',
    )
  },
  RUN_WITHIN_MS,
)

it(
  'reports an unknown environment, and then sends no code',
  async () => {
    serveCloud()
    const { status, out } = await upload(['--cloud', 'prod-other'])
    expect(out).toMatch(/This AppID has no cloud environment of that id/)
    expect(status).toBe(1)
    expect(host.seen.filter((seen) => seen.host === SCF)).toEqual([])
  },
  RUN_WITHIN_MS,
)

it(
  'refuses an invalid id or name before anything is built',
  async () => {
    for (const [args, message] of [
      [['--cloud', 'prod/1'], /--cloud must be the id/],
      [['--cloud', ENV, '--function', '../x'], /--function must be letters/],
    ] as const) {
      const { status, out } = await upload([...args])
      expect(out).toMatch(message)
      expect(status).toBe(1)
    }
    expect(existsSync(join(project.path, 'dist'))).toBe(false)
    expect(host.seen).toEqual([])
  },
  RUN_WITHIN_MS,
)
