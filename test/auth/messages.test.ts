import type { AuthErrorKind } from '../../miniprogram/auth/index'
import { developerHint, isAuthError, userMessage } from '../../miniprogram/auth/index'

const kinds: AuthErrorKind[] = [
  'network',
  'timeout',
  'api',
  'protocol',
  'denied',
  'unsupported',
  'aborted',
  'signed-out',
]

describe('isAuthError', () => {
  it('goes by shape, also for a copy from elsewhere', () => {
    for (const kind of kinds) expect(isAuthError({ kind })).toBe(true)
    expect(isAuthError(JSON.parse('{"kind":"api","status":409}'))).toBe(true)
    for (const other of [null, undefined, 'network', new Error('x'), { kind: 'other' }, {}])
      expect(isAuthError(other)).toBe(false)
  })
})

describe('userMessage', () => {
  it('is a short Chinese sentence for anything that was thrown', () => {
    const codes = [
      undefined,
      'SESSION_KEY_STALE',
      'ANONYMOUS_PROFILE',
      'CONTENT_REJECTED',
      'IMAGE_REJECTED',
      'BODY_TOO_LARGE',
      'INVALID_REQUEST',
      'RATE_LIMITED',
      'WX_QUOTA',
      'WX_USER_BLOCKED',
      'SOMETHING_NEW',
    ]
    const errors = kinds.flatMap((kind) => codes.map((code) => ({ kind, code })))
    for (const error of [...errors, null, new Error('secret detail'), 'text']) {
      expect(userMessage(error)).toMatch(/^[\u4e00-\u9fff，]{4,20}$/)
    }
  })

  it('tells the cases apart that a user can do something about', () => {
    const message = (kind: AuthErrorKind, code?: string) => userMessage({ kind, code })
    expect(message('api', 'SESSION_KEY_STALE')).toContain('再点一次')
    expect(message('denied')).toContain('没有授权')
    expect(message('network')).toContain('网络')
    expect(message('signed-out')).toContain('登录')
    expect(message('unsupported', 'ANONYMOUS_PROFILE')).toContain('填写')
    expect(message('api', 'CONTENT_REJECTED')).toContain('安全检查')
  })
})

describe('developerHint', () => {
  it.each([
    [{ kind: 'network' }, 'domain list'],
    [{ kind: 'api', code: 'WX_CODE_INVALID' }, 'appid mismatch'],
    [{ kind: 'api', code: 'OPEN_DATA_INVALID' }, 'appid mismatch'],
    [{ kind: 'api', code: 'WX_MISCONFIGURED' }, 'appid mismatch'],
    [{ kind: 'unsupported', code: 'MOCK_CODE' }, 'mock code'],
    [{ kind: 'api', code: 'INVALID_REQUEST' }, 'mock code'],
    [{ kind: 'unsupported', code: 'PHONE_QUOTA' }, 'quota'],
    [{ kind: 'api', code: 'WX_QUOTA' }, 'quota'],
    [{ kind: 'unsupported', code: 'PRIVACY_NOT_DECLARED' }, 'privacy agreement'],
    [{ kind: 'unsupported', code: 'NO_TAP' }, 'tap'],
    [{ kind: 'protocol' }, 'baseUrl'],
    [new Error('x'), 'log'],
  ])('says what to check: %j', (error, hint) => {
    expect(developerHint(error)).toContain(hint)
  })
})
