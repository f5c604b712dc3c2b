/**
 * Builds the global `wx` for the chosen base library: newer APIs do not exist, an API that the
 * preview lacks reports this when called, and assignments by the mini-program or a test win.
 */
import { reportGap } from '../reports'
import { settings } from '../settings'
import { compareVersions } from '../versions'
import { ApiFailure, createApi, type Options } from './call'
import { createCanvasApis } from './canvas'
import { createCloud } from './cloud'
import type { ApiGroup, WxContext } from './context'
import { createFileApis } from './files'
import { createInert } from './inert'
import { createInterfaceApis } from './interface'
import { createLoginApis } from './login'
import { createMediaApis } from './media'
import { createNetworkApis } from './network'
import { createPaymentApis } from './payment'
import { createPeopleApis } from './people'
import { createPrivacyApis } from './privacy'
import { createSocketApis } from './socket'
import { createStorageApis } from './storage'
import { createSystemGroup } from './system'
import { createTabBarApis } from './tab-bar'
import { createViewApis } from './view'

/** API name → first base library, from the official typings. */
type ApiTable = Record<string, string>

/** The base library that introduced wx.cloud, which is missing in the table. */
const CLOUD_SINCE = '2.2.3'

const exists = (since: string): boolean => since === '' || compareVersions(settings.sdk, since) >= 0

/** APIs that return an object with methods. */
const answersObject = /^create[A-Z]|(Manager|Context)$/
/** APIs that take listeners or return synchronously, without callbacks. */
const answersNothing = /^(on|off|report)[A-Z]|Sync$/

/** Replaces an API that is not built: reports it, and fails as WeChat's would. */
function createGap(name: string) {
  if (answersObject.test(name)) return () => createInert(`wx.${name}`)
  if (answersNothing.test(name)) return () => reportGap(`wx.${name}`)
  const fail = createApi(name, () => {
    reportGap(`wx.${name}`)
    throw new ApiFailure('not built in the preview')
  })
  return (options?: Options) => {
    const promise = fail(options)
    // Already reported; a mini-program that ignores the promise must not get an unhandled
    // rejection.
    promise?.catch(() => undefined)
    return promise
  }
}

/** `canIUse('api')`, `canIUse('api.method.option')` and `canIUse('button.open-type.chooseAvatar')`. */
function createCanIUse(table: ApiTable) {
  const openTypes: Record<string, string> = {
    chooseAvatar: '2.21.2',
    getRealtimePhoneNumber: '2.24.4',
    agreePrivacyAuthorization: '2.32.3',
  }
  return (schema: string): boolean => {
    const [name = '', , option = ''] = schema.split('.')
    const since = table[name] ?? (/^[a-z-]+$/.test(name) ? (openTypes[option] ?? '') : undefined)
    return since !== undefined && exists(since)
  }
}

/** Builds `wx`; `table` says which APIs the chosen base library has. */
export function createWx(context: WxContext, screen: HTMLElement, table: ApiTable): ApiGroup {
  const built: ApiGroup = {
    ...createLoginApis(context),
    ...createNetworkApis(context),
    ...createPaymentApis(context),
    ...createSocketApis(context),
    ...createStorageApis(context),
    ...createInterfaceApis(context),
    ...createTabBarApis(context),
    ...createViewApis(context),
    ...createCanvasApis(),
    ...createFileApis(),
    ...createMediaApis(context),
    ...createPeopleApis(context),
    ...createPrivacyApis(context),
    ...createSystemGroup(context, screen),
    canIUse: createCanIUse(table),
  }
  const wx: ApiGroup = { env: built['env'] }
  if (exists(CLOUD_SINCE)) wx['cloud'] = createCloud(context)
  for (const [name, since] of Object.entries(table)) {
    if (exists(since)) wx[name] = built[name] ?? createGap(name)
  }
  return wx
}
