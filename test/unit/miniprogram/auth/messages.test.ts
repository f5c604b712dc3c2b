import type { AuthErrorKind } from '../../../../miniprogram/auth/index'
import { developerHint, isAuthError, userMessage } from '../../../../miniprogram/auth/index'

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
  it('checks the shape, so that errors of another copy count too', () => {
    for (const kind of kinds) expect(isAuthError({ kind })).toBe(true)
    expect(isAuthError(JSON.parse('{"kind":"api","status":409}'))).toBe(true)
    for (const other of [
      null,
      undefined,
      'network',
      new Error('x'),
      { kind: 'apis' },
      { kind: 'an api' },
      {},
    ])
      expect(isAuthError(other)).toBe(false)
  })
})

describe('userMessage', () => {
  it('is a short Chinese sentence for any thrown value', () => {
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

  it.each<[AuthErrorKind, string | undefined, string]>([
    ['api', 'SESSION_KEY_STALE', '登录已更新，请再点一次'],
    ['unsupported', 'ANONYMOUS_PROFILE', '请手动填写头像昵称'],
    ['api', 'WX_USER_BLOCKED', '账号暂时无法登录'],
    ['api', 'CONTENT_REJECTED', '内容未通过安全检查'],
    ['api', 'IMAGE_REJECTED', '图片太大或无法使用'],
    ['api', 'BODY_TOO_LARGE', '图片太大或无法使用'],
    ['api', 'INVALID_REQUEST', '内容有误，请检查'],
    ['api', 'RATE_LIMITED', '太频繁了，请稍后再试'],
    ['api', 'WX_QUOTA', '太频繁了，请稍后再试'],
    ['network', undefined, '网络不佳，请检查后重试'],
    ['timeout', undefined, '网络不佳，请检查后重试'],
    ['denied', undefined, '你没有授权'],
    ['unsupported', 'PHONE_QUOTA', '微信暂不支持此功能'],
    ['aborted', undefined, '操作已取消'],
    ['signed-out', undefined, '请先登录'],
    ['protocol', undefined, '服务不可用，请稍后再试'],
    ['api', 'INTERNAL', '服务不可用，请稍后再试'],
    ['api', 'constructor', '服务不可用，请稍后再试'],
    // Codes of another backend that only look like ours.
    ['api', 'GENERATE_FAILED', '服务不可用，请稍后再试'],
    ['api', 'IMMEDIATE_PAYMENT', '服务不可用，请稍后再试'],
  ])('of %s %s is %s', (kind, code, text) => {
    expect(userMessage({ kind, code })).toBe(text)
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
    [{ kind: 'unsupported', code: 'NO_TAP', message: 'only by user TAP gesture' }, 'TAP gesture'],
    [{ kind: 'api', code: 'constructor', message: 'what the server said' }, 'what the server said'],
    [new Error('x'), 'x'],
  ])('gives advice: %j', (error, hint) => {
    expect(developerHint(error)).toContain(hint)
  })
})
