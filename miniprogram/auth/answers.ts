/** What the server answers, checked before anything of it is kept: a wrong shape is `protocol`. */
import type { LoginAnswer, User } from '../../typings/api'
import { createAuthError, isObject } from './errors'

export type SessionAnswer = Pick<LoginAnswer, 'token' | 'expiresAt' | 'user'>

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

export function isUser(value: unknown): value is User {
  return isObject(value) && isText(value['id'])
}

export function isSessionAnswer(value: unknown): value is SessionAnswer {
  return (
    isObject(value) &&
    isText(value['token']) &&
    Date.parse(value['expiresAt'] as string) > 0 &&
    isUser(value['user'])
  )
}

/** Throws `protocol` unless the answer has its shape. */
export function expect<T>(hasShape: (value: unknown) => value is T, answer: unknown): T {
  if (hasShape(answer)) return answer
  throw createAuthError('protocol')
}
