/**
 * Runs inside a page that `<web-view>` shows: provides `wx.miniProgram` and the `WeixinJSBridge`
 * that WeChat's JS-SDK uses. Communicates with the preview's page by messages.
 * https://developers.weixin.qq.com/miniprogram/dev/component/web-view.html
 */

interface Options {
  url?: string
  delta?: number
  data?: unknown
  success?: () => void
  complete?: () => void
}

const send = (type: string, value: object): void =>
  window.parent.postMessage({ previewWebView: type, ...value }, '*')

const forward =
  (name: string) =>
  (options: Options = {}) => {
    const { url, delta, data, success, complete } = options
    send('call', { name, url, delta, data })
    setTimeout(() => {
      success?.()
      complete?.()
    })
  }

const miniProgram = {
  ...Object.fromEntries(
    ['navigateTo', 'redirectTo', 'switchTab', 'reLaunch', 'navigateBack', 'postMessage'].map(
      (name) => [name, forward(name)],
    ),
  ),
  getEnv: (answer: (result: { miniprogram: boolean }) => void) =>
    setTimeout(() => answer({ miniprogram: true })),
}

/** The JS-SDK calls `invokeMiniProgramAPI`; for postMessage `arg` is the data itself. */
function invoke(api: string, call: { name?: string; arg?: Options }, done?: (r: object) => void) {
  const { name = '', arg = {} } = call
  if (api === 'invokeMiniProgramAPI') forward(name)(name === 'postMessage' ? { data: arg } : arg)
  done?.({ err_msg: `${api}:ok` })
}

function install(): void {
  const bridge = { invoke, on: () => undefined, call: () => undefined }
  Object.assign(globalThis, {
    __wxjs_environment: 'miniprogram',
    wx: { miniProgram },
    WeixinJSBridge: bridge,
  })
  document.addEventListener('DOMContentLoaded', () =>
    document.dispatchEvent(new Event('WeixinJSBridgeReady')),
  )
  window.addEventListener('load', () => {
    const { navigation } = window as { navigation?: { canGoBack: boolean } }
    send('load', { url: window.location.href, canGoBack: navigation?.canGoBack ?? false })
  })
  window.addEventListener('message', ({ data, source }: MessageEvent<unknown>) => {
    if (source === window.parent && data === 'preview:back') window.history.back()
  })
}

// A page in its own tab is not inside a web-view.
if (window.parent !== window) install()
