/** The requirements of docs/minimum-backend.md, each as one black-box check. */
import type { Target } from './backend'
import { askSandbox, call, createCode, createToken, judge, logIn, readToken } from './backend'

interface Check {
  name: string
  /** Whether it needs a login code from the sandbox. */
  needsLogin: boolean
  /** Null when it passes; else the observed result. */
  run(target: Target): Promise<string | null>
}

const SIGNED_OUT = ['login-again', 'signed-out']
const MAX_FAILED_LOGINS = 40
const TWO_MIB = 2 * 1024 * 1024

const isRoute = (path: string) => path !== 'none'

/** Null when the answer makes the client log in again. */
async function expectRefused(target: Target, token?: string): Promise<string | null> {
  const reply = await call(target, {
    path: target.protectedPath,
    ...(token !== undefined && { token }),
  })
  const verdict = judge(target, reply)
  return SIGNED_OUT.includes(verdict) ? null : `${reply.status}, judged "${verdict}"`
}

function countTokens(target: Target, replies: Awaited<ReturnType<typeof logIn>>[]): number {
  return replies.filter((reply) => readToken(target, reply) !== null).length
}

const login: Check[] = [
  {
    name: 'a good code logs in, and its token opens the protected route',
    needsLogin: true,
    async run(target) {
      const token = await createToken(target)
      const reply = await call(target, { path: target.protectedPath, token })
      const verdict = judge(target, reply)
      return verdict === 'ok' ? null : `${reply.status}, judged "${verdict}"`
    },
  },
  {
    name: 'a code is used once',
    needsLogin: true,
    async run(target) {
      const code = await createCode(target)
      const replies = [await logIn(target, code), await logIn(target, code)]
      const count = countTokens(target, replies)
      return count === 1 ? null : `${count} of 2 logins in a row with one code got a token`
    },
  },
  {
    name: 'one code twice at once makes one session',
    needsLogin: true,
    async run(target) {
      const code = await createCode(target)
      const replies = await Promise.all([logIn(target, code), logIn(target, code)])
      const count = countTokens(target, replies)
      return count === 1 ? null : `${count} of 2 logins at once with one code got a token`
    },
  },
  {
    name: 'an invented code is refused',
    needsLogin: false,
    async run(target) {
      const reply = await logIn(target, 'conform-invented-code')
      if (readToken(target, reply) !== null) return 'it got a token'
      return judge(target, reply) === 'ok' ? `${reply.status}, judged "ok"` : null
    },
  },
  {
    name: 'the answer to a login holds no session_key',
    needsLogin: true,
    async run(target) {
      const { body, header } = await logIn(target, await createCode(target))
      const text = JSON.stringify([body, header])
      return /session_?key/i.test(text) ? 'the answer names a session_key' : null
    },
  },
]

const token: Check[] = [
  {
    name: 'no token: log in again',
    needsLogin: false,
    run: (target) => expectRefused(target),
  },
  {
    name: 'an invented token: log in again',
    needsLogin: false,
    run: (target) => expectRefused(target, 'eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.'),
  },
  {
    name: 'a changed token: log in again',
    needsLogin: true,
    async run(target) {
      const good = await createToken(target)
      const middle = Math.floor(good.length / 2)
      const other = good[middle] === 'A' ? 'B' : 'A'
      return expectRefused(target, good.slice(0, middle) + other + good.slice(middle + 1))
    },
  },
  {
    name: 'a second login leaves the first token valid for requests under way',
    needsLogin: true,
    async run(target) {
      const first = await createToken(target)
      await createToken(target)
      const verdict = judge(
        target,
        await call(target, { path: target.protectedPath, token: first }),
      )
      return verdict === 'ok' ? null : `the first token is judged "${verdict}"`
    },
  },
  {
    name: 'a logout ends its token at once, and no other',
    needsLogin: true,
    async run(target) {
      const [ended, other] = [await createToken(target), await createToken(target)]
      const logout = target.dialect.logout?.() ?? { path: '/v1/logout', method: 'POST' }
      await call(target, { ...logout, token: ended })
      const refused = await expectRefused(target, ended)
      if (refused !== null) return `after the logout: ${refused}`
      const verdict = judge(
        target,
        await call(target, { path: target.protectedPath, token: other }),
      )
      return verdict === 'ok' ? null : `the other session is judged "${verdict}"`
    },
  },
]

const data: Check[] = [
  {
    name: 'encrypted data is opened with the session_key of the last login',
    needsLogin: true,
    async run(target) {
      if (!isRoute(target.profilePath)) return null
      const bearer = await createToken(target)
      const body = { appid: target.appid, user: 'conform', kind: 'profile' }
      const sealed = await askSandbox<object>(target, 'open-data', body)
      const post = (sent: object) =>
        call(target, { path: target.profilePath, method: 'POST', data: sent, token: bearer })
      const good = await post(sealed)
      if (judge(target, good) !== 'ok') return `good data answers ${good.status}`
      const forged = await post({ ...sealed, rawData: '{"nickName":"forged"}' })
      return judge(target, forged) === 'ok' ? 'data with a wrong signature is accepted' : null
    },
  },
  {
    name: 'an avatar is refused without a token, and when it is no picture or over 2 MiB',
    needsLogin: true,
    async run(target) {
      if (!isRoute(target.avatarPath)) return null
      const bearer = await createToken(target)
      const upload = (bytes: Uint8Array<ArrayBuffer>, given?: string) => {
        const form = new FormData()
        form.set('avatar', new Blob([bytes], { type: 'image/png' }), 'a.png')
        const sent = { path: target.avatarPath, method: 'POST', form }
        return call(target, { ...sent, ...(given !== undefined && { token: given }) })
      }
      const small = new Uint8Array(64).fill(65)
      const without = judge(target, await upload(small))
      if (!SIGNED_OUT.includes(without)) return `without a token it is judged "${without}"`
      if (judge(target, await upload(small, bearer)) === 'ok') return 'text is taken for a picture'
      const large = await upload(new Uint8Array(TWO_MIB + 1), bearer).catch(() => null)
      return large && judge(target, large) === 'ok' ? 'more than 2 MiB are accepted' : null
    },
  },
]

/** Runs last, because it may use up the rate limit of this address. */
const limits: Check[] = [
  {
    name: 'many wrong codes are slowed down with 429 or 503 and a Retry-After',
    needsLogin: false,
    async run(target) {
      for (let count = 0; count < MAX_FAILED_LOGINS; count += 1) {
        const { status, header } = await logIn(target, `conform-wrong-${count}`)
        if (status === 429 || status === 503)
          return header['retry-after'] ? null : `${status} without Retry-After`
      }
      return `${MAX_FAILED_LOGINS} wrong codes in a row are all asked of WeChat`
    },
  },
]

export const backendChecks = [...login, ...token, ...data, ...limits]
