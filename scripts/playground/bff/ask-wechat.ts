/** Maps WeChat's refusals to the contract's errors. */
import { Refusal } from '../../sandbox/wechat/refusal'
import { SilentWechat } from '../wechat/wechat'
import { ApiError } from './api-error'
import type { OwnCode } from './api-error'

const CODE_OF: Readonly<Record<number, OwnCode>> = {
  [-1]: 'WX_UNAVAILABLE',
  40029: 'WX_CODE_INVALID',
  // A phone code of another user.
  40003: 'WX_CODE_INVALID',
  40163: 'WX_CODE_USED',
  40226: 'WX_USER_BLOCKED',
  45011: 'WX_QUOTA',
  45009: 'WX_QUOTA',
}
const MISCONFIGURED: readonly number[] = [40013, 40125, 40164, 40243]

const MESSAGES: Partial<Record<OwnCode, string>> = {
  WX_CODE_INVALID: 'WeChat does not know this code.',
  WX_CODE_USED: 'This code was already used.',
  WX_USER_BLOCKED: 'WeChat blocks this user as a high risk.',
  WX_QUOTA: 'WeChat limits how often this may be asked.',
  WX_MISCONFIGURED: 'WeChat refused the configuration of this service.',
}
const QUOTA_SECONDS = 60

function toApiError(error: unknown): unknown {
  if (error instanceof SilentWechat) {
    return new ApiError('WX_UNAVAILABLE', 'WeChat gave no answer that can be read.')
  }
  if (!(error instanceof Refusal)) return error
  const { errcode } = error
  const code = MISCONFIGURED.includes(errcode)
    ? 'WX_MISCONFIGURED'
    : (CODE_OF[errcode] ?? 'WX_UNAVAILABLE')
  const details = code === 'WX_QUOTA' ? { retryAfterSeconds: QUOTA_SECONDS } : {}
  return new ApiError(code, MESSAGES[code] ?? 'WeChat is in trouble.', details)
}

/** Calls WeChat. @throws ApiError WX_… */
export async function askWechat<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    throw toApiError(error)
  }
}
