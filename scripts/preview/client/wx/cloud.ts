/**
 * `wx.cloud`: init, callContainer (to the BFF, with the headers of cloud hosting) and callFunction
 * (to a process of the developer). Both identify the person without a login.
 * https://developers.weixin.qq.com/miniprogram/dev/wxcloudservice/wxcloud/reference-sdk-api/Cloud.html
 */
import { host } from '../host'
import { reportGap } from '../reports'
import { settings } from '../settings'
import { beginCall } from '../trace'
import { ApiFailure, createApi, numberOption, textOption, type Options } from './call'
import { createDatabase } from './cloud-database'
import type { ApiGroup, WxContext } from './context'
import { delayByNetwork, exchange, headersOf } from './exchange'
import { decode, describeHead } from './network'
import { encodeData } from './request-data'

const MAX_CONTAINER_MS = 15_000
/** The limits of both APIs in bytes, with the errCode of WeChat's refusal where it has one. */
const CONTAINER_REQUEST = {
  maxBytes: 100 * 1024,
  text: 'request body too large',
  errCode: -606_001,
}
const CONTAINER_ANSWER = {
  maxBytes: 1000 * 1024,
  text: 'response body too large',
  errCode: -606_002,
}
const FUNCTION_DATA = { maxBytes: 100 * 1024, text: 'data exceed max size' }
const FUNCTION_ANSWER = {
  maxBytes: 1024 * 1024,
  text: 'response size exceeds 1M',
  errCode: -604_001,
}
/** The errCode of a failed cloud function. */
const FUNCTION_FAILED = -504_002

let environment: string | null = null

function assertEnvironment(options: Options): void {
  const { env } = (options['config'] ?? {}) as { env?: unknown }
  if (environment === null && typeof env !== 'string') {
    throw new ApiFailure("Cloud API isn't enabled, please call wx.cloud.init first")
  }
}

interface SizeLimit {
  maxBytes: number
  text: string
  errCode?: number
}

function assertSize(content: BlobPart, { maxBytes, text, errCode }: SizeLimit): void {
  if (new Blob([content]).size <= maxBytes) return
  throw new ApiFailure(text, undefined, errCode === undefined ? {} : { errCode })
}

const viaPerson = (route: string): string => `${route}/${encodeURIComponent(settings.user)}`

async function callContainer(context: WxContext, options: Options): Promise<object> {
  assertEnvironment(options)
  const method = textOption(options, 'method', 'GET').toUpperCase()
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    ...headersOf(context, options),
  }
  const path = textOption(options, 'path').replace(/^\/?/, '/')
  const data = encodeData(`https://container${path}`, method, headers, options['data'])
  if (data.content !== undefined) assertSize(data.content as BlobPart, CONTAINER_REQUEST)
  const timeoutMs = Math.min(numberOption(options, 'timeout', MAX_CONTAINER_MS), MAX_CONTAINER_MS)
  const answer = await exchange({
    ...data,
    via: viaPerson('container'),
    method,
    headers,
    timeoutMs,
    signal: new AbortController().signal,
    shown: options['data'],
  })
  assertSize(answer.content, CONTAINER_ANSWER)
  const callID = crypto.randomUUID()
  return { data: decode(answer.content, options), ...describeHead(answer), callID }
}

async function sendToFunction(name: string, data: string): Promise<unknown> {
  await delayByNetwork()
  const response = await host.send(viaPerson('function'), {
    method: 'POST',
    headers: { 'x-preview': '1', 'content-type': 'application/json' },
    body: `{"name":${JSON.stringify(name)},"data":${data}}`,
  })
  const text = await response.text()
  if (!response.ok) throw new ApiFailure(text, undefined, { errCode: FUNCTION_FAILED })
  assertSize(text, FUNCTION_ANSWER)
  return JSON.parse(text)
}

async function callFunction(options: Options): Promise<object> {
  assertEnvironment(options)
  const name = textOption(options, 'name')
  const data = JSON.stringify(options['data'] ?? {})
  assertSize(data, FUNCTION_DATA)
  const call = beginCall('mini', 'bff', `callFunction ${name}`, { request: options['data'] })
  try {
    const result = await sendToFunction(name, data)
    call.end('ok', false, { response: result })
    return { result, requestID: crypto.randomUUID() }
  } catch (error) {
    call.end(`fail ${error instanceof Error ? error.message : String(error)}`, true)
    throw error
  }
}

/** Members that need a cloud environment. */
const unbuilt = ['uploadFile', 'downloadFile', 'deleteFile', 'getTempFileURL']

const createUnbuilt = (name: string) =>
  createApi(`cloud.${name}`, () => {
    reportGap(`wx.cloud.${name}`)
    throw new ApiFailure('not built in the preview')
  })

/** The object `wx.cloud`. */
export function createCloud(context: WxContext): ApiGroup {
  return {
    init(options?: { env?: unknown }): void {
      const { env } = options ?? {}
      environment = typeof env === 'string' ? env : 'default'
    },
    callContainer: createApi('cloud.callContainer', (options) => callContainer(context, options)),
    callFunction: createApi('cloud.callFunction', callFunction),
    database: createDatabase,
    ...Object.fromEntries(unbuilt.map((name) => [name, createUnbuilt(name)])),
  }
}
