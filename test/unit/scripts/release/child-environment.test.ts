/** miniprogram-ci contains hundreds of packages, so its process must get none of our secrets. */
import childProcess from 'node:child_process'
import { EventEmitter } from 'node:events'
import { runJob } from '../../../../scripts/release/wechat-ci/run-job'

const SECRETS = [
  'WECHAT_APPSECRET',
  'WECHAT_APPS',
  'WECHAT_UPLOAD_KEY',
  'DATABASE_URL',
  'REDIS_URL',
  'JWT_SECRETS',
  'JWT_SIGNING_KEY',
  'DATA_KEYS',
  'PAY_PRIVATE_KEY',
  'PAY_API_V3_KEY',
  'PAY_ADMIN_TOKEN',
]
const before = { ...process.env }
afterEach(() => {
  process.env = before
})

it('passes none of the service’s secrets to the upload', () => {
  process.env = { ...before, ...Object.fromEntries(SECRETS.map((name) => [name, 'secret'])) }
  const child = Object.assign(new EventEmitter(), { send: jest.fn(), stdout: null, stderr: null })
  const fork = jest.spyOn(childProcess, 'fork')
  fork.mockReturnValue(child as unknown as childProcess.ChildProcess)
  const job = { kind: 'compile' } as Parameters<typeof runJob>[0]
  void runJob(job, { onTask: () => undefined, end: () => undefined })
  const [, options] = fork.mock.calls[0] as unknown as [string, { env: NodeJS.ProcessEnv }]
  expect(options.env['PATH']).toBe(before['PATH'])
  expect(SECRETS.filter((name) => options.env[name] !== undefined)).toEqual([])
})
