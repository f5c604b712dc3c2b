/** What the server answers, checked before anything of it is kept: a wrong shape is `protocol`. */
import type { LoginAnswer, User } from '../../typings/api'
import { createAuthError, isObject } from './errors'

export type SessionAnswer = Pick<LoginAnswer, 'token' | 'expiresAt' | 'user'>

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

function isUser(value: unknown): value is User {
  return (
    isObject(value) &&
    isText(value['id']) &&
    isText(value['nickname'] ?? '-') &&
    isText(value['avatarUrl'] ?? '-')
  )
}

export function isSessionAnswer(value: unknown): value is SessionAnswer {
  return (
    isObject(value) &&
    isText(value['token']) &&
    Date.parse(value['expiresAt'] as string) > 0 &&
    isUser(value['user'])
  )
}

/** Throws `protocol` unless it is a User. */
export function parseUser(body: unknown): User {
  if (isUser(body)) return body
  throw createAuthError('protocol', 'The answer is not a User')
}

/** Throws `protocol` unless it is what a login answers. */
export function parseSessionAnswer(body: unknown): SessionAnswer {
  if (isSessionAnswer(body)) return body
  throw createAuthError('protocol', 'The answer to the login lacks token, expiresAt or user')
}
