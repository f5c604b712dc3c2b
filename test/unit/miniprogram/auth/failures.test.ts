/** Classifies WeChat's failures: by number if there is one, else by the text of each client. */
import type { AuthErrorKind } from '../../../../miniprogram/auth/errors'
import { createAuthError, parseFailure } from '../../../../miniprogram/auth/errors'

const read = (cause: unknown) => {
  const { kind, code } = parseFailure(cause, 'network')
  return code === undefined ? kind : `${kind} ${code}`
}

it.each<[errno: number, AuthErrorKind | `unsupported ${string}`]>([
  [5, 'timeout'],
  [112, 'unsupported PRIVACY_NOT_DECLARED'],
  [1400001, 'unsupported PHONE_QUOTA'],
  [100, 'unsupported'],
  [102, 'unsupported'],
  [1402101, 'unsupported'],
  [1421102, 'unsupported'],
  [1, 'denied'],
  [103, 'denied'],
  [104, 'denied'],
  // One number must not match inside another.
  [15, 'network'],
  [51, 'network'],
  [2112, 'network'],
  [1121, 'network'],
  [21400001, 'network'],
  [14000011, 'network'],
  [2100, 'network'],
  [1001, 'network'],
  [2103, 'network'],
  [1031, 'network'],
  [600003, 'network'],
])('errno %d is %s', (errno, expected) => {
  expect(read({ errno, errMsg: 'some:fail' })).toBe(expected)
})

it.each<[errMsg: string, AuthErrorKind | `unsupported ${string}`]>([
  ['request:fail timeout', 'timeout'],
  ['request:fail Time out', 'timeout'],
  ['request:fail timed out', 'timeout'],
  ['x:fail api scope is not declared in the privacy agreement', 'unsupported PRIVACY_NOT_DECLARED'],
  ['getUserProfile:fail can only be invoked by user TAP gesture.', 'unsupported NO_TAP'],
  ['x:fail not supported', 'unsupported'],
  ['getPhoneNumber:fail no permission', 'unsupported'],
  ['x:fail the account is blocked', 'unsupported'],
  ['getUserProfile:fail auth deny', 'denied'],
  ['getUserProfile:fail auth denied', 'denied'],
  ['getPhoneNumber:fail user Cancel', 'denied'],
  ['x:fail not authorized', 'denied'],
  ['request:fail abort', 'aborted'],
  ['request:fail:abort', 'aborted'],
  ['request:fail Software caused connection abort', 'network'],
  ['request:fail', 'network'],
  ['request:fail cancelled', 'network'],
  ['request:fail access denied', 'network'],
  ['uploadFile:fail Canceled', 'network'],
  ['downloadFile:fail not authorized', 'network'],
  ['connectSocket:fail denied by the proxy', 'network'],
  ['request:fail Operation not supported', 'network'],
  ['cloud.callFunction:fail access denied', 'network'],
  ['cloud.callContainer:fail context canceled', 'network'],
  ['x:fail 112 things', 'network'],
  ['x:fail 1400001 things', 'network'],
  ['x:fail 100 things', 'network'],
  ['x:fail 103 things', 'network'],
  ['x:fail 5 things', 'network'],
])('"%s" is %s', (errMsg, expected) => {
  expect(read({ errMsg })).toBe(expected)
})

it.each([undefined, null, {}, 7])('%j gets the default kind of the caller', (cause) => {
  expect(parseFailure(cause, 'protocol').kind).toBe('protocol')
})

it('accepts a string as the message', () => {
  expect(read('request:fail abort')).toBe('aborted')
})

it('keeps the message for a log', () => {
  const cause = { errno: 600003, errMsg: 'request:fail interrupted' }
  const error = parseFailure(cause, 'network')
  expect([error.name, error.message, error.cause]).toEqual([
    'AuthError',
    '600003 request:fail interrupted',
    cause,
  ])
})

it('does not change an error that is already classified', () => {
  const known = createAuthError('api', 'x', { status: 409 })
  expect(parseFailure(known, 'network')).toBe(known)
})

it('is an Error with its own name and the given details', () => {
  const error = createAuthError('api', 'text', { code: 'X', status: 409 })
  expect(error).toBeInstanceOf(Error)
  expect(error).toMatchObject({ name: 'AuthError', kind: 'api', code: 'X', status: 409 })
  expect(createAuthError('signed-out').message).toBe('signed-out')
})
