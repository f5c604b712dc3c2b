/**
 * Ready ways for `AuthOptions.carry`: the same library over 微信云托管 or 云函数. Uploads, downloads, streams and
 * sockets don't go this way; they use `baseUrl`. WeChat can't abort a cloud call.
 */
import { createBffBackend } from './backends/bff'
import { isObject } from './errors'
import type { Backend, Carry } from './types'
import { callCloud } from './wx'

/**
 * Carries calls to a service of 微信云托管. WeChat allows 15 s, 100 KiB there and 1000 KiB back.
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
 * Carries calls to a 云函数 that answers `{statusCode, header, data}`, such as the one this project builds.
 * WeChat allows 100 KB there and 1 MB back.
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

/**
 * Our own BFF behind a cloud that tells it who calls (`TRUST_CLOUD_HEADERS`, or a 云函数): the login sends no
 * code, so the server needs no AppSecret. It then has no session_key either, and encrypted data asks for a
 * login by code.
 */
export const cloudIdentity: Backend = {
  ...createBffBackend(''),
  login: (_code, extra) => ({ path: '/v1/login', method: 'POST', data: extra ? { extra } : {} }),
}

/** Initialises `wx.cloud` before the first call; WeChat ignores it where the app has done so before. */
function createCloudCall(env: string): typeof callCloud {
  let isInitialised = false
  return (api, options) => {
    if (!isInitialised) callCloud('init', { env })
    isInitialised = true
    return callCloud(api, options)
  }
}

/** Status 0, which no dialect takes for good, where the function answered something else. */
function readResult(result: unknown): { statusCode: number; data?: unknown; header?: unknown } {
  const isReply = isObject(result) && typeof result['statusCode'] === 'number'
  return isReply ? (result as unknown as { statusCode: number }) : { statusCode: 0 }
}
