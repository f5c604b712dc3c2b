/**
 * System information and common small APIs: clipboard, vibration, update manager, log manager,
 * selector queries. Values follow the controls.
 * https://developers.weixin.qq.com/miniprogram/dev/api/base/system/wx.getAppBaseInfo.html
 */
import { addAppListener, removeAppListener, type AppListener } from '../engine/app-instance'
import { USER_DATA_PATH } from '../pictures'
import { settings } from '../settings'
import { createApi, textOption } from './call'
import type { ApiGroup, WxContext } from './context'
import { presentDevice, WECHAT_VERSION } from './device'

const STATUS_BAR_HEIGHT = 44

function appBase() {
  return {
    SDKVersion: settings.sdk,
    version: WECHAT_VERSION,
    language: 'zh_CN',
    theme: settings.theme,
    enableDebug: false,
    fontSizeScaleFactor: 1,
    fontSizeSetting: 16,
    host: { env: 'WeChat', appId: '', version: 8_000_50 },
  }
}

function device() {
  return { ...presentDevice(), platform: settings.platform, benchmarkLevel: 40, abi: 'arm64' }
}

function windowInfo(screen: HTMLElement) {
  const { clientWidth: width, clientHeight: height } = screen
  const safeArea = { left: 0, right: width, top: STATUS_BAR_HEIGHT, bottom: height - 34 }
  return {
    pixelRatio: window.devicePixelRatio,
    screenWidth: width,
    screenHeight: height,
    windowWidth: width,
    windowHeight: height - STATUS_BAR_HEIGHT * 2,
    statusBarHeight: STATUS_BAR_HEIGHT,
    screenTop: STATUS_BAR_HEIGHT * 2,
    safeArea: { ...safeArea, width, height: safeArea.bottom - safeArea.top },
  }
}

function createSystemApis(context: WxContext, screen: HTMLElement): ApiGroup {
  const all = () => ({ ...appBase(), ...device(), ...windowInfo(screen), errMsg: '' })
  return {
    getAppBaseInfo: appBase,
    getDeviceInfo: device,
    getWindowInfo: () => windowInfo(screen),
    getSystemSetting: () => ({ bluetoothEnabled: false, locationEnabled: true, wifiEnabled: true }),
    getAppAuthorizeSetting: () => ({
      cameraAuthorized: 'authorized',
      albumAuthorized: 'authorized',
    }),
    getSystemInfoSync: all,
    getSystemInfo: createApi('getSystemInfo', all, { isSync: true }),
    getSystemInfoAsync: createApi('getSystemInfoAsync', all),
    getMenuButtonBoundingClientRect: () => {
      const right = screen.clientWidth - 7
      return { width: 87, height: 32, top: 50, bottom: 82, left: right - 87, right }
    },
    getLaunchOptionsSync: () => context.launch,
    getEnterOptionsSync: () => context.enter,
  }
}

/** `wx.onAppShow` and related APIs receive the events of App's lifecycles. */
function createAppEvents(): ApiGroup {
  const events: Record<string, string> = {
    AppShow: 'onShow',
    AppHide: 'onHide',
    Error: 'onError',
    UnhandledRejection: 'onUnhandledRejection',
    PageNotFound: 'onPageNotFound',
  }
  return Object.fromEntries(
    Object.entries(events).flatMap(([name, lifecycle]) => [
      [`on${name}`, (listener: AppListener) => addAppListener(lifecycle, listener)],
      [`off${name}`, (listener?: AppListener) => removeAppListener(lifecycle, listener)],
    ]),
  )
}

const ignore = (): undefined => undefined

function createManagers(context: WxContext): ApiGroup {
  const log = {
    info: ignore,
    warn: ignore,
    error: ignore,
    setFilterMsg: ignore,
    addFilterMsg: ignore,
  }
  return {
    getUpdateManager: () => ({
      applyUpdate: () => context.restart(),
      onCheckForUpdate: (listener: (value: object) => void) => {
        setTimeout(() => listener({ hasUpdate: false }))
      },
      onUpdateReady: ignore,
      onUpdateFailed: ignore,
    }),
    getRealtimeLogManager: () => ({ ...log, in: ignore }),
    getLogManager: () => ({ ...log, log: ignore, debug: ignore }),
    restartMiniProgram: createApi('restartMiniProgram', () => {
      context.restart()
      return undefined
    }),
    exitMiniProgram: createApi('exitMiniProgram', () => {
      context.restart()
      return undefined
    }),
  }
}

function createSmallApis({ overlays }: WxContext): ApiGroup {
  let clipboard = ''
  const done = (name: string) => createApi(name, ignore)
  return {
    nextTick: (callback: () => void) => queueMicrotask(callback),
    setClipboardData: createApi('setClipboardData', (options) => {
      clipboard = textOption(options, 'data')
      overlays.toast({ title: '内容已复制', icon: 'success', durationMs: 1500, mask: false })
      return undefined
    }),
    getClipboardData: createApi('getClipboardData', () => ({ data: clipboard })),
    vibrateShort: done('vibrateShort'),
    vibrateLong: done('vibrateLong'),
    hideKeyboard: done('hideKeyboard'),
    showShareMenu: done('showShareMenu'),
    hideShareMenu: done('hideShareMenu'),
    hideHomeButton: done('hideHomeButton'),
    setKeepScreenOn: done('setKeepScreenOn'),
    // Only a performance hint in WeChat, so it does nothing here.
    preloadAssets: done('preloadAssets'),
    preloadWebview: done('preloadWebview'),
    reportEvent: ignore,
    setEnableDebug: done('setEnableDebug'),
    // Empty, because only mini-programs of third-party platforms have an ext.json.
    getExtConfigSync: () => ({}),
    getExtConfig: createApi('getExtConfig', () => ({ extConfig: {} })),
    onThemeChange: ignore,
    offThemeChange: ignore,
    onMemoryWarning: ignore,
    getSetting: createApi('getSetting', () => ({ authSetting: {} }), { inheritsTap: true }),
    openSetting: createApi('openSetting', () => ({ authSetting: {} })),
    authorize: createApi('authorize', ignore),
  }
}

/** System information and small APIs; `screen` is the phone's display. */
export function createSystemGroup(context: WxContext, screen: HTMLElement): ApiGroup {
  return {
    ...createSystemApis(context, screen),
    ...createAppEvents(),
    ...createManagers(context),
    ...createSmallApis(context),
    env: { USER_DATA_PATH },
  }
}
