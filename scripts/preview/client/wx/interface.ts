/**
 * UI APIs: toast, loading, modal, action sheet, navigation, navigation bar, pull-down.
 * https://developers.weixin.qq.com/miniprogram/dev/api/ui/interaction/wx.showToast.html
 */
import { EventChannel } from '../engine/event-channel'
import { NavigationError } from '../engine/page-url'
import { setNavigator } from '../elements/media'
import { setWebViewNavigator } from '../elements/web-view'
import { reportGap } from '../reports'
import { ApiFailure, createApi, numberOption, textOption, type Options } from './call'
import type { ApiGroup, WxContext } from './context'

const TOAST_MS = 1500

function toast({ overlays }: WxContext, options: Options): undefined {
  overlays.toast({
    title: textOption(options, 'title'),
    icon: textOption(options, 'icon', 'success'),
    durationMs: numberOption(options, 'duration', TOAST_MS),
    mask: options['mask'] === true,
  })
  return undefined
}

async function modal({ overlays }: WxContext, options: Options): Promise<object> {
  const { confirm, content } = await overlays.modal({
    title: textOption(options, 'title'),
    content: textOption(options, 'content'),
    showCancel: options['showCancel'] !== false,
    cancelText: textOption(options, 'cancelText', '取消'),
    confirmText: textOption(options, 'confirmText', '确定'),
    cancelColor: textOption(options, 'cancelColor'),
    confirmColor: textOption(options, 'confirmColor'),
    editable: options['editable'] === true,
    placeholderText: textOption(options, 'placeholderText'),
  })
  return { confirm, cancel: !confirm, content }
}

async function actionSheet({ overlays }: WxContext, options: Options): Promise<object> {
  const items = Array.isArray(options['itemList']) ? options['itemList'].map(String) : []
  const alert = textOption(options, 'alertText')
  const color = textOption(options, 'itemColor')
  const tapIndex = await overlays.choose(items, color, alert === '' ? undefined : alert)
  if (tapIndex === null) throw new ApiFailure('cancel')
  return { tapIndex }
}

function createInteractionApis(context: WxContext): ApiGroup {
  const { overlays } = context
  const run = (work: () => void) => () => {
    work()
    return undefined
  }
  return {
    showToast: createApi('showToast', (options) => toast(context, options)),
    hideToast: createApi(
      'hideToast',
      run(() => overlays.hideToast()),
    ),
    showLoading: createApi('showLoading', (options) => {
      overlays.loading(textOption(options, 'title'), options['mask'] === true)
      return undefined
    }),
    hideLoading: createApi(
      'hideLoading',
      run(() => overlays.hideLoading()),
    ),
    showModal: createApi('showModal', (options) => modal(context, options), { isTap: true }),
    showActionSheet: createApi('showActionSheet', (options) => actionSheet(context, options), {
      isTap: true,
    }),
  }
}

/** Turns a refused navigation into the API's fail. */
function navigate(action: () => void): undefined {
  try {
    action()
  } catch (error) {
    throw error instanceof NavigationError ? new ApiFailure(error.message) : error
  }
  return undefined
}

function createNavigationApis(context: WxContext): ApiGroup {
  const url = (options: Options): string => textOption(options, 'url')
  const apis = {
    navigateTo: createApi('navigateTo', (options) => {
      const events = (options['events'] ?? {}) as Record<string, unknown>
      const [eventChannel, opened] = EventChannel.createPair(events)
      navigate(() => context.stack.open(url(options), opened))
      return { eventChannel }
    }),
    redirectTo: createApi('redirectTo', (options) =>
      navigate(() => context.stack.redirect(url(options))),
    ),
    reLaunch: createApi('reLaunch', (options) =>
      navigate(() => context.stack.relaunch(url(options))),
    ),
    switchTab: createApi('switchTab', (options) =>
      navigate(() => context.stack.switchTab(url(options))),
    ),
    navigateBack: createApi('navigateBack', (options) =>
      navigate(() => context.stack.back(numberOption(options, 'delta', 1))),
    ),
  }
  const byOpenType: Record<string, (options: Options) => unknown> = {
    navigate: apis.navigateTo,
    redirect: apis.redirectTo,
    reLaunch: apis.reLaunch,
    switchTab: apis.switchTab,
    navigateBack: apis.navigateBack,
    exit: () => context.restart(),
  }
  const byName: Record<string, (options: Options) => unknown> = apis
  setWebViewNavigator((name, options) => void byName[name]?.(options))
  setNavigator((openType, target, delta) => {
    const open = byOpenType[openType]
    if (open === undefined) reportGap(`<navigator open-type="${openType}">`)
    else open({ url: target, delta })
  })
  return apis
}

function createFrameApis(context: WxContext): ApiGroup {
  const onFrame = (name: string, work: (options: Options) => void) =>
    createApi(name, (options) => {
      work(options)
      return undefined
    })
  return {
    setNavigationBarTitle: onFrame('setNavigationBarTitle', (options) =>
      context.stack.topFrame()?.setTitle(textOption(options, 'title')),
    ),
    setNavigationBarColor: onFrame('setNavigationBarColor', (options) =>
      context.stack
        .topFrame()
        ?.setColors(textOption(options, 'frontColor'), textOption(options, 'backgroundColor')),
    ),
    showNavigationBarLoading: onFrame('showNavigationBarLoading', () =>
      context.stack.topFrame()?.setLoading(true),
    ),
    hideNavigationBarLoading: onFrame('hideNavigationBarLoading', () =>
      context.stack.topFrame()?.setLoading(false),
    ),
    startPullDownRefresh: onFrame('startPullDownRefresh', () => context.stack.pullDown()),
    stopPullDownRefresh: onFrame('stopPullDownRefresh', () =>
      context.stack.topFrame()?.setLoading(false),
    ),
    pageScrollTo: onFrame('pageScrollTo', (options) => {
      const top = numberOption(options, 'scrollTop', 0)
      context.stack.topFrame()?.scroller.scrollTo({ top, behavior: 'smooth' })
    }),
  }
}

/** Interaction, navigation and the navigation bar. */
export function createInterfaceApis(context: WxContext): ApiGroup {
  return {
    ...createInteractionApis(context),
    ...createNavigationApis(context),
    ...createFrameApis(context),
  }
}
