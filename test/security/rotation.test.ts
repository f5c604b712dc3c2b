/**
 * Key rotation while people are signed in: a new key is put first, the old one is removed later,
 * and nobody is ever signed out. Each step restarts the real server.
 */
import type { LoginAnswer, User } from '../../typings/api'
import { ask, buildProgram, makeSite } from '../faults/support/site'
import type { Program, Running, Site } from '../faults/support/site'
import { APPID, JWT_SECRET } from '../support/bff'
import { decodePart } from './forge'
import Database from 'better-sqlite3'

const TEST_MS = 60_000

jest.setTimeout(TEST_MS)

const NEW_SECRET = 'b7Qe1Vn6Kz0Yt9Wm4Rg2Xs5Lh8Jd3Pf7'
const dataKey = (text: string) => Buffer.from(text).toString('base64')
const OLD = { jwt: `t1:${JWT_SECRET}`, data: `d1:${dataKey('0123456789abcdef0123456789abcdef')}` }
const NEW = { jwt: `t2:${NEW_SECRET}`, data: `d2:${dataKey('fedcba9876543210fedcba9876543210')}` }

let program: Program
let site: Site
let bff: Running
beforeAll(() => {
  program = buildProgram()
})
beforeEach(async () => {
  site = await makeSite(program.file)
  bff = await site.start({ JWT_SECRETS: OLD.jwt, DATA_KEYS: OLD.data })
})
afterEach(() => site.remove())
afterAll(() => {
  program.remove()
})

async function restart(jwt: string, data: string): Promise<void> {
  await bff.stop()
  bff = await site.start({ JWT_SECRETS: jwt, DATA_KEYS: data })
}

async function login(user: string): Promise<string> {
  const body = { code: await site.newCode(user) }
  return (await ask<LoginAnswer>(`${bff.url}/v1/login`, { method: 'POST', body })).body.token
}

const kidOf = (token: string) => decodePart(token.split('.')[0] ?? '')['kid']
const statusOf = async (token: string) => (await ask(`${bff.url}/v1/me`, { token })).status

/** A profile that WeChat encrypted with the session_key of the last login. */
async function sendProfile(user: string, token: string, nickName: string) {
  const body = await site.control<object>('open-data', {
    appid: APPID,
    user,
    kind: 'profile',
    data: { nickName },
  })
  return ask<User>(`${bff.url}/v1/me/wechat-profile`, { method: 'POST', body, token })
}

function sealedKids(): string[] {
  const db = new Database(site.databaseFile, { readonly: true })
  const rows = db
    .prepare<[], { kid: string }>('SELECT substr(session_key_sealed, 1, 2) AS kid FROM identities')
    .all()
  db.close()
  return rows.map(({ kid }) => kid).sort()
}

it('signs nobody out while two JWT secrets are configured, nor when the old one is removed after its last token', async () => {
  const before = await login('alice')
  await restart(`${NEW.jwt},${OLD.jwt}`, OLD.data)
  const after = await login('bob')
  expect([kidOf(before), kidOf(after)]).toEqual(['t1', 't2'])
  expect([await statusOf(before), await statusOf(after)]).toEqual([200, 200])
  // The client replaces a token of the old secret by a silent login.
  const renewed = await login('alice')
  await restart(NEW.jwt, OLD.data)
  expect([await statusOf(renewed), await statusOf(after)]).toEqual([200, 200])
  expect(await statusOf(before)).toBe(401)
})

it('decrypts with an old data key, encrypts with the new one, and requires a login when the old one is removed', async () => {
  const alice = await login('alice')
  const bob = await login('bob')
  await restart(OLD.jwt, `${NEW.data},${OLD.data}`)
  expect((await sendProfile('alice', alice, '红')).body.nickname).toBe('红')
  const again = await login('alice')
  expect(sealedKids()).toEqual(['d1', 'd2'])
  await restart(OLD.jwt, NEW.data)
  expect((await sendProfile('alice', again, '小红')).body.nickname).toBe('小红')
  // Bob stays signed in; only his encrypted data requires the silent login that every client can
  // do.
  expect(await statusOf(bob)).toBe(200)
  expect(await sendProfile('bob', bob, '小明')).toMatchObject({
    status: 409,
    body: { error: { code: 'SESSION_KEY_STALE' } },
  })
  expect((await sendProfile('bob', await login('bob'), '小明')).body.nickname).toBe('小明')
})
