/**
 * The app as a 云函数, without an open port. Only getWXContext() identifies the caller, because a
 * client can put anything into an event.
 * https://developers.weixin.qq.com/miniprogram/dev/wxcloudservice/wxcloud/guide/functions.html
 */
import type { Duplex } from 'node:stream'
import type { Express } from 'express'
import { fieldOf } from '../error-code'
import { ApiError } from '../errors'
import { toErrorBody } from '../http/answer-error'
import { requestIdOf } from '../http/request-id'
import { parseEvent } from './function-event'
import { createInProcessCall } from './in-process'
import type { CallInProcess, InProcessAnswer } from './in-process'
import { loadGetWxContext, toClientAddress, toSender } from './platform'
import type { GetWxContext } from './platform'
import { functionSenders } from './sender'
import type { Sender } from './sender'

export interface FunctionAnswer {
  statusCode: number
  header: Record<string, string>
  /** JSON as values, text as text, anything else as base64; empty text for no body. */
  data: unknown
}

export type CloudFunction = (event: unknown, context?: unknown) => Promise<FunctionAnswer>

export interface CloudFunctionOptions {
  /** The function of wx-server-sdk by default. */
  getWXContext?: GetWxContext
}

function readData({ headers, body }: InProcessAnswer): unknown {
  const type = headers['content-type'] ?? ''
  if (body.length === 0) return ''
  if (type.startsWith('application/json')) return JSON.parse(body.toString('utf8')) as unknown
  return body.toString(type.startsWith('text/') ? 'utf8' : 'base64')
}

function toAnswer(answer: InProcessAnswer): FunctionAnswer {
  const header = Object.entries(answer.headers).map(([name, value]) => [name, String(value)])
  return {
    statusCode: answer.statusCode,
    header: Object.fromEntries(header) as Record<string, string>,
    data: readData(answer),
  }
}

/** Like requestIdOf, for an event of any shape. */
function requestIdOfEvent(event: unknown): string {
  const header = Object.entries(fieldOf(event, 'header') ?? {})
  const [, given = ''] = header.find(([name]) => name.toLowerCase() === 'x-request-id') ?? []
  return requestIdOf({ headers: { 'x-request-id': String(given) } })
}

/** Formats an error that occurs before the app is called. */
function toRefusal(error: ApiError, requestId: string): FunctionAnswer {
  const { status, retryAfterSeconds } = error
  const header = {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-request-id': requestId,
    ...(retryAfterSeconds !== null && { 'retry-after': String(retryAfterSeconds) }),
  }
  return { statusCode: status, header, data: toErrorBody(error, requestId) }
}

interface Caller {
  sender: Sender
  /** The address that rate limits use. */
  address: string
}

function identify(connection: Duplex, { sender, address }: Caller): void {
  functionSenders.set(connection, sender)
  Object.assign(connection, { remoteAddress: address })
}

/**
 * @param app of `createBff`, or a function that returns it, which is called for each event.
 * @returns the function's `main`. `event` is `{path, method, header?, data?}`. It rejects with the
 * errors of that function, except ApiErrors, which it answers.
 * @example
 * exports.main = createCloudFunction(bff.app)
 */
export function createCloudFunction(
  app: Express | (() => Promise<Express>),
  { getWXContext = loadGetWxContext() }: CloudFunctionOptions = {},
): CloudFunction {
  const calls = new WeakMap<Express, CallInProcess>()

  async function getCall(): Promise<CallInProcess> {
    const made = 'request' in app ? app : await app()
    const call = calls.get(made) ?? createInProcessCall(made)
    calls.set(made, call)
    return call
  }

  return async (event) => {
    // Read the caller before any await, because the next call changes the process's environment.
    const context = getWXContext()
    const caller = { sender: toSender(context), address: toClientAddress(context) }
    try {
      const request = parseEvent(event)
      const call = await getCall()
      return toAnswer(await call(request, (connection) => identify(connection, caller)))
    } catch (error) {
      if (error instanceof ApiError) return toRefusal(error, requestIdOfEvent(event))
      throw error
    }
  }
}
