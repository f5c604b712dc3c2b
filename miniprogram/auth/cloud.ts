/**
 * Ready-made functions for `AuthOptions.carry`, to call 微信云托管 or a 云函数. Uploads, downloads, streams
 * and sockets use `baseUrl` instead. WeChat can't abort a cloud call.
 */
import { createBffBackend } from './backends/bff'
import type { Backend, Carry } from './types'
import { isObject } from './values'
import { callCloud } from './wx'

/**
 * Sends calls to a service of 微信云托管. WeChat allows 15 s, 100 KiB per request and 1000 KiB per answer.
 * @see https://developers.weixin.qq.com/miniprogram/dev/wxcloudservice/wxcloudrun/src/development/call/mini.html
 */
export function callContainer({ env, service }: { env: string; service: string }): Carry {
  const call = createCloudCall(env)
  return ({ path, method, data, header, timeout, success, fail }) => {
    call('callContainer', {
      config: { env },
      path,
      method,
      header: { ...header, 'X-WX-SERVICE': service },
      ...(data && { data }),
      timeout,
      success,
      fail,
    })
    return undefined
  }
}

/**
 * Sends calls to a 云函数 that answers `{statusCode, header, data}`, such as this project's. WeChat allows 100 KB per
 * request and 1 MB per answer.
 * @see https://developers.weixin.qq.com/miniprogram/dev/wxcloudservice/wxcloud/reference-sdk-api/functions/Cloud.callFunction.html
 */
export function callFunction({ env, name }: { env: string; name: string }): Carry {
  const call = createCloudCall(env)
  return ({ path, method, data, header, success, fail }) => {
    call('callFunction', {
      config: { env },
      name,
      data: { path, method, header, ...(data && { data }) },
      success: ({ result }: { result?: unknown }) => success(readResult(result)),
      fail,
    })
    return undefined
  }
}

const bff = createBffBackend('')

/**
 * Our own BFF behind a cloud that identifies the caller (`TRUST_CLOUD_HEADERS`, or a 云函数): the
 * login sends no code, so the server needs no AppSecret. It then has no session_key either, so
 * encrypted data needs a login by code.
 */
export const cloudIdentity: Backend = {
  ...bff,
  login: (_code, extra, renewedToken) => ({
    ...bff.login('', extra, renewedToken),
    data: extra ? { extra } : {},
  }),
}

/** Initialises `wx.cloud` before the first call; WeChat ignores it if the app has already done so. */
function createCloudCall(env: string): typeof callCloud {
  let isInitialised = false
  return (api, options) => {
    if (!isInitialised) callCloud('init', { env })
    isInitialised = true
    return callCloud(api, options)
  }
}

/** Status 0, which every dialect refuses, if the function answered anything else. */
function readResult(result: unknown): { statusCode: number; data?: unknown; header?: unknown } {
  const isReply = isObject(result) && typeof result['statusCode'] === 'number'
  return isReply ? (result as unknown as { statusCode: number }) : { statusCode: 0 }
}
