/** The playground beyond its contract: the browser's storage, and the sandbox's people. */
import { bundlePlayground } from '../../../../scripts/playground/bundle'
import { openidOf, unionidOf } from '../../../../scripts/sandbox/world/random'
import { OPEN_ACCOUNT } from '../../../../scripts/sandbox/world/apps'
import type { User } from '../../../../typings/api'
import { APPID } from '../../../support/bff'
import { createMemoryStorage, startPlayground } from './host'

it('has the same ids for people as the sandbox', async () => {
  const playground = await startPlayground()
  const { user } = (await playground.login('小红')).body
  expect([user.openid, user.unionid]).toEqual([
    openidOf(APPID, '小红'),
    unionidOf(OPEN_ACCOUNT, '小红'),
  ])
})

it('restores everything from the same storage, and nothing from another', async () => {
  const storage = createMemoryStorage()
  const { body } = await (await startPlayground(storage)).login()
  const later = await startPlayground(storage)
  expect((await later.get<User>('/v1/me', body.token)).body.id).toBe(body.user.id)
  expect((await later.get('/v1/session/check', body.token)).body).toEqual({ sessionKeyValid: true })
  const stranger = await startPlayground()
  expect((await stranger.get('/v1/me', body.token)).body.error.code).toBe('TOKEN_INVALID')
})

it('answers STORAGE_UNAVAILABLE if the browser can store nothing more, and keeps existing data', async () => {
  const storage = createMemoryStorage()
  const playground = await startPlayground(storage)
  const { token } = (await playground.login()).body
  const { setItem } = storage
  storage.setItem = () => {
    throw new Error('QuotaExceededError')
  }
  const put = (nickname: string) => playground.send('PUT', '/v1/me', { nickname }, token)
  expect((await put('小红')).body.error.code).toBe('STORAGE_UNAVAILABLE')
  storage.setItem = setItem
  expect((await playground.get<User>('/v1/me', token)).body.nickname).toBeNull()
  expect((await put('小红')).status).toBe(200)
})

it('leaves nothing of a deleted account in the storage', async () => {
  const storage = createMemoryStorage()
  const playground = await startPlayground(storage)
  const { token, user } = (await playground.login()).body
  await playground.send('PUT', '/v1/me', { nickname: '小红' }, token)
  const headers = { authorization: `Bearer ${token}` }
  await playground.call('/v1/me', { method: 'DELETE', headers })
  const kept = storage.values.get('playground:bff') ?? ''
  expect([kept.includes(user.id), kept.includes('小红')]).toEqual([false, false])
})

it('contains no host in its page except those of the mini-program, and allows no connection', async () => {
  const { 'index.html': html = '', 'page.js': script = '' } = await bundlePlayground('miniprogram')
  expect(String(html)).toContain("default-src 'none'")
  expect(String(html)).not.toMatch(/(src|href)="(https?:|\/)/)
  expect(String(script)).not.toMatch(/\bfetch\("\/|EventSource\(/)
})
