/**
 * All checks together: a value that the server refuses is reported once, and no service is called
 * with it.
 */
import type { DoctorContext } from '../../scripts/doctor/context'
import { examine } from '../../scripts/doctor/examine'
import { copyProject } from '../support/project-copy'
import type { ProjectCopy } from '../support/project-copy'

jest.setTimeout(60_000)

let project: ProjectCopy
beforeAll(() => {
  project = copyProject()
})
afterAll(() => {
  project.remove()
})

async function failures(env: NodeJS.ProcessEnv): Promise<string[]> {
  const { PATH, HOME } = process.env
  const free = { PORT: '0', SANDBOX_PORT: '0', PREVIEW_PORT: '0' }
  const context: DoctorContext = {
    root: project.path,
    env: { PATH, HOME, ...free, ...env },
    nodeVersion: process.versions.node,
    now: Date.now,
    online: true,
  }
  const findings = await examine(context, () => undefined)
  return findings
    .filter(({ status }) => status === 'fail')
    .map(({ subject, what }) => `${subject}: ${what}`)
}

const APP = { WECHAT_APPID: 'wx5a6dbc0000000001', WECHAT_APPSECRET: 'sandbox-secret-of-this' }

it.each<[string, NodeJS.ProcessEnv, RegExp]>([
  ['an empty DATABASE_URL', { DATABASE_URL: '' }, /^DATABASE_URL: is empty: /],
  ['an unknown scheme', { DATABASE_URL: 'oracle://db/x' }, /^DATABASE_URL: must be file:/],
  ['apps that are no list', { WECHAT_APPS: '{}' }, /^WECHAT_APPS: must be a JSON list/],
  ['apps that are null', { WECHAT_APPS: 'null' }, /^WECHAT_APPS: must be a JSON list/],
  [
    'an address of WeChat that is none',
    { ...APP, WECHAT_API_BASE: 'nonsense' },
    /^WECHAT_API_BASE: must be an origin/,
  ],
])('%s is refused once, without further findings', async (_name, env, message) => {
  const found = (await failures(env)).filter((line) => !line.startsWith('AppID: '))
  expect(found).toEqual([expect.stringMatching(message)])
})

it('a password with a bare % causes no crash and is not shown', async () => {
  const found = await failures({ DATABASE_URL: 'postgres://root:half%of-it@127.0.0.1:1/app' })
  expect(found).toHaveLength(1)
  expect(found.join()).not.toContain('of-it')
})

it('shows no password of Redis behind Sentinels', async () => {
  // Words that the finding itself contains, so that a leak would be visible.
  const REDIS_URL =
    'redis-sentinel://:give@127.0.0.1:1/0?sentinelMasterId=m&sentinelPassword=answer'
  const found = await failures({ ...APP, REDIS_URL })
  expect(found.filter((line) => line.startsWith('Redis'))).toEqual([
    expect.stringMatching(/^Redis: 1 of 1 Sentinels \*\*\* no \*\*\* /),
  ])
})
