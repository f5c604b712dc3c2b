/**
 * A service that embeds the BFF: which account a login belongs to, what the service is told, and
 * manual binding.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { LoginAnswer, User } from '../../../../typings/api'
import { createHookCalls } from '../../../../server/sessions/hooks'
import type { Hooks, NewPerson } from '../../../../server/sessions/hooks'
import type { UserRecord } from '../../../../server/store/store'
import { startTestBff } from '../../../support/bff'
import type { TestBff } from '../../../support/bff'

let bff: TestBff
const hooks: Required<Hooks> = { resolveUser: jest.fn(), onLogin: jest.fn() }
const resolveUser = hooks.resolveUser as jest.Mock
const onLogin = hooks.onLogin as jest.Mock
beforeEach(async () => {
  resolveUser.mockReset().mockResolvedValue(null)
  onLogin.mockReset()
  // A busy machine needs long for a hundred logins.
  bff = await startTestBff({ WECHAT_TIMEOUT_MS: '20000' }, hooks)
})
afterEach(() => bff.stop())

const loginWith = async (body: object = {}, user = 'alice') =>
  bff.send<LoginAnswer>('POST', '/v1/login', { code: await bff.newCode(user), ...body })
const codeOf = (answer: { body: unknown }) =>
  (answer.body as { error: { code: string } }).error.code

describe('resolveUser', () => {
  it("names the account of a known person, once, and receives the client's data", async () => {
    resolveUser.mockResolvedValue('member-17')
    const extra = { invitedBy: 'bob', scene: 1011 }
    const first = await loginWith({ extra })
    expect([first.body.isNew, first.body.user.id]).toEqual([true, 'member-17'])
    expect((await loginWith()).body.user.id).toBe('member-17')
    expect(resolveUser.mock.calls).toEqual([
      [expect.objectContaining({ extra, openid: first.body.user.openid })],
    ])
    const { status } = await bff.get('/v1/me', first.body.token)
    expect(status).toBe(200)
    expect(JSON.stringify(bff.rows('SELECT * FROM users, identities'))).not.toContain('invitedBy')
  })

  it('binds a second WeChat person to the account that it names', async () => {
    resolveUser.mockResolvedValue('member-17')
    await loginWith()
    const second = await loginWith({}, 'bob')
    expect([second.body.isNew, second.body.user.id]).toEqual([false, 'member-17'])
    expect(bff.rows('SELECT id FROM users')).toHaveLength(1)
  })

  it('lets us create the id by returning null', async () => {
    expect((await loginWith()).body.user.id).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('refuses strangers, and stores nothing of them', async () => {
    resolveUser.mockResolvedValue({ refuse: true })
    const answer = await loginWith()
    expect([answer.status, codeOf(answer)]).toEqual([403, 'NOT_BOUND'])
    for (const table of ['users', 'identities', 'sessions']) {
      expect(bff.rows(`SELECT * FROM ${table}`)).toEqual([])
    }
    expect(onLogin).not.toHaveBeenCalled()
  })

  it.each([
    ['throws', () => Promise.reject(new Error('our database is away'))],
    ['names no id', () => Promise.resolve('a name with blanks')],
  ])('fails the login with 503 when it %s, and stores nothing', async (_name, resolve) => {
    resolveUser.mockImplementation(resolve)
    const answer = await loginWith()
    expect([answer.status, codeOf(answer)]).toEqual([503, 'STORAGE_UNAVAILABLE'])
    expect(bff.rows('SELECT * FROM users')).toEqual([])
    expect(bff.logger.lines.filter(({ alert }) => alert)).toHaveLength(1)
    resolveUser.mockResolvedValue('member-17')
    expect((await loginWith()).body.user.id).toBe('member-17')
  })

  it('is called once for 100 simultaneous first logins of one person', async () => {
    let made = 0
    resolveUser.mockImplementation(async (_person: NewPerson) => {
      await delay(100)
      made += 1
      return `member-${made}`
    })
    const all = await Promise.all(Array.from({ length: 100 }, () => loginWith()))
    // On a busy machine a login that waits too long is refused, so it retries.
    const answers = all.filter((answer) => answer.status === 200)
    expect(answers.length).toBeGreaterThan(20)
    expect(new Set(answers.map(({ body }) => body.user.id)).size).toBe(1)
    expect(answers.filter(({ body }) => body.isNew)).toHaveLength(1)
    expect(made).toBe(1)
  })
})

describe('onLogin', () => {
  it('runs after the login is stored, and its errors do not change the answer', async () => {
    onLogin.mockImplementation(() => {
      expect(bff.rows('SELECT id FROM users')).toHaveLength(1)
      throw new Error('our queue is full')
    })
    const { status, body } = await loginWith({ extra: { channel: 'poster' } })
    expect([status, body.isNew]).toEqual([200, true])
    expect(onLogin).toHaveBeenCalledWith({
      user: expect.objectContaining({ id: body.user.id }),
      isNew: true,
      mergedUserId: undefined,
      extra: { channel: 'poster' },
    })
  })

  it('changes nothing of the answer and the token by what it does to its user', async () => {
    onLogin.mockImplementation(({ user }: { user: UserRecord }) => {
      user.id = 'another-id'
      user.nickname = 'another name'
    })
    const { body } = await loginWith()
    expect(body.user).toMatchObject({ id: expect.not.stringMatching('another'), nickname: null })
    expect((await bff.get<User>('/v1/me', body.token)).body.id).toBe(body.user.id)
  })
})

describe('a hook that never answers', () => {
  const person = { appid: 'wxA', openid: 'oA', unionid: null, extra: undefined }
  const never = () => new Promise<never>(() => undefined)
  const createCalls = (own: Hooks) =>
    createHookCalls({
      hooks: own,
      store: { findUserId: () => Promise.resolve(null) },
      logger: bff.logger,
    })
  const alerts = () => bff.logger.lines.filter(({ alert }) => alert).map(({ msg }) => msg)
  beforeEach(() => {
    jest.useFakeTimers()
  })
  afterEach(() => {
    jest.useRealTimers()
  })

  it('fails the login after 3 s, and the next login asks again', async () => {
    resolveUser.mockImplementationOnce(never).mockResolvedValue('member-17')
    const { withNewUserId } = createCalls(hooks)
    const login = () => withNewUserId(person, (id) => Promise.resolve(id))
    const answer = expect(login()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
    await jest.advanceTimersByTimeAsync(3000)
    await answer
    expect(alerts()).toEqual(['the hook resolveUser failed'])
    expect(await login()).toBe('member-17')
    expect(jest.getTimerCount()).toBe(0)
  })

  it('does not keep the login from its answer', async () => {
    onLogin.mockImplementation(never)
    const { callOnLogin } = createCalls(hooks)
    const told = callOnLogin({ user: { id: 'u' } as UserRecord, isNew: true, extra: undefined })
    await jest.advanceTimersByTimeAsync(3000)
    await told
    expect(alerts()).toEqual(['the hook onLogin failed'])
  })
})

describe('bind', () => {
  const bindTo = async (userId: string, user = 'alice') =>
    bff.bind({ userId, code: await bff.newCode(user) })

  it('binds a person to an old account, who then logs in to it', async () => {
    const bound = await bindTo('member-17')
    expect(bound.id).toBe('member-17')
    expect((await bindTo('member-17')).id).toBe('member-17')
    const { body } = await loginWith()
    expect([body.isNew, body.user.id]).toEqual([false, 'member-17'])
    expect(resolveUser).not.toHaveBeenCalled()
  })

  it('refuses a person who is bound to another account, also by a login', async () => {
    await bindTo('member-17')
    await expect(bindTo('member-18')).rejects.toMatchObject({ code: 'ALREADY_BOUND', status: 409 })
    await loginWith({}, 'bob')
    await expect(bindTo('member-17', 'bob')).rejects.toMatchObject({ code: 'ALREADY_BOUND' })
    expect(bff.rows('SELECT * FROM users')).toHaveLength(2)
  })

  it('binds 50 at once to one of two accounts', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 50 }, (_, i) => bindTo(i % 2 === 0 ? 'member-1' : 'member-2')),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(25)
    expect(bff.rows('SELECT * FROM identities')).toHaveLength(1)
    expect(bff.rows('SELECT * FROM users')).toHaveLength(1)
  })

  it('sends no code twice and names the error of a code', async () => {
    const code = await bff.newCode()
    await bff.bind({ userId: 'a', code })
    await expect(bff.bind({ userId: 'a', code })).rejects.toMatchObject({ code: 'WX_CODE_USED' })
    await expect(bff.bind({ userId: 'a', code: 'no code' })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    })
    await expect(bindTo('')).rejects.toThrow('1 to 64 visible characters')
  })

  it('logs that the AppSecret is wrong, which no route reports', async () => {
    await bff.control('faults', { path: '/sns/jscode2session', mode: 'errcode', errcode: 40125 })
    await expect(bindTo('member-17')).rejects.toMatchObject({ code: 'WX_MISCONFIGURED' })
    expect(bff.logger.lines).toContainEqual(
      expect.objectContaining({ alert: true, errcode: 40125 }),
    )
  })
})

it.each([
  ['a text', 'x'],
  ['a list', []],
  ['more than 1 KiB', { a: 'x'.repeat(1020) }],
  ['a lone surrogate', { a: ['\ud800'] }],
])('refuses %s as extra before the code is sent', async (_name, extra) => {
  const answer = await loginWith({ extra })
  expect([answer.status, codeOf(answer)]).toEqual([400, 'INVALID_REQUEST'])
  const { body } = await loginWith({ extra: { a: 'x'.repeat(1000) } })
  expect((await bff.get<User>('/v1/me', body.token)).status).toBe(200)
})

it('refuses an extra with thousands of levels, because recursion over it would fail', async () => {
  const body = `{"code":"abc","extra":{"a":${'['.repeat(7000)}${']'.repeat(7000)}}}`
  const headers = { 'content-type': 'application/json' }
  const answer = await bff.call('/v1/login', { method: 'POST', headers, body })
  expect([answer.status, codeOf(answer)]).toEqual([400, 'INVALID_REQUEST'])
})

it('refuses a key __proto__ in extra, which would affect a hook that copies it', async () => {
  const refused = await loginWith({ extra: JSON.parse('{"__proto__":{"a":"x"}}') as object })
  expect([refused.status, codeOf(refused)]).toEqual([400, 'INVALID_REQUEST'])
  expect(onLogin).not.toHaveBeenCalled()
})
