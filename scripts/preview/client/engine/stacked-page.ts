/**
 * One page on the stack: its frame, its component, and its lifecycles in WeChat's order: attached, onLoad,
 * onShow, then in the next task ready and onReady; onHide and onUnload when it goes.
 * https://developers.weixin.qq.com/miniprogram/dev/framework/app-service/page-life-cycle.html
 */
import { findWebView } from '../elements/web-view'
import { createPageFrame, type PageFrame } from '../phone/page-frame'
import type { TabBars } from '../phone/tab-bar'
import { reportError } from '../reports'
import { addCustomTabBar } from './custom-tab-bar'
import type { EventChannel } from './event-channel'
import { followPageScroll } from './page-scroll'
import { formatRootUrl, type PageAddress } from './page-url'
import type { LoadedProgram } from './program'

/** A page as the mini-program sees it: its own methods and data, plus route and options. */
export interface PageInstance {
  route: string
  options: Record<string, string>
  [member: string]: unknown
}

/** The stack's functions for a page. */
interface PageEvents {
  onBack(): void
  onColors(): void
  onPull(): void
}

export class StackedPage {
  readonly instance: PageInstance
  readonly frame: PageFrame
  private readonly root: ReturnType<LoadedProgram['backend']['createRoot']>

  constructor(
    private readonly loaded: LoadedProgram,
    address: PageAddress,
    channel: EventChannel,
    surroundings: { hasBack: boolean; events: PageEvents },
  ) {
    const { path, query } = address
    const config = { ...loaded.program.config.window, ...loaded.unitOf(path)?.config }
    this.root = loaded.backend.createRoot('page', loaded.space, formatRootUrl(address))
    const { hasBack, events } = surroundings
    const frame = createPageFrame(config, hasBack, {
      ...events,
      // The back arrow first goes back inside a web page.
      onBack: () => {
        if (findWebView(frame.element)?.goBack() !== true) events.onBack()
      },
    })
    this.frame = frame
    this.instance = this.root.get() as unknown as PageInstance
    const getOpenerEventChannel = (): EventChannel => channel
    const own = { route: path, __route__: path, options: query, getOpenerEventChannel }
    Object.assign(this.instance, own)
    followPageScroll(frame.scroller, config['onReachBottomDistance'], {
      onScroll: (scrollTop) => this.call('onPageScroll', { scrollTop }),
      onReachBottom: () => this.call('onReachBottom'),
    })
  }

  /** Adds the page to the phone, with its tab bar if it has one, and attaches its components. */
  attach(parent: HTMLElement, tabBars: TabBars | null): void {
    const { frame, instance } = this
    const isTab = tabBars?.has(instance.route) === true
    const isCustom = tabBars?.config.custom === true
    frame.attach(parent, isTab && !isCustom ? tabBars.create(instance.route) : null)
    const host = this.root.getComponent().getBackendElement() as unknown as HTMLElement
    host.setAttribute('data-route', instance.route)
    const placeholder = document.createElement('div')
    frame.scroller.append(placeholder)
    type Attached = Parameters<typeof this.root.attach>[0]
    this.root.attach(frame.scroller as unknown as Attached, placeholder as unknown as Attached)
    if (isTab && isCustom) addCustomTabBar(this.loaded, frame.body)
  }

  /** Calls onLoad, and onReady once the page has been shown. */
  load(): void {
    this.call('onLoad', this.instance.options)
    setTimeout(() => {
      if (this.frame.element.isConnected) this.call('onReady')
    })
  }

  show(): void {
    this.root.getComponent().triggerPageLifetime('show', [])
    this.call('onShow')
  }

  hide(): void {
    this.root.getComponent().triggerPageLifetime('hide', [])
    this.call('onHide')
  }

  unload(): void {
    findWebView(this.frame.element)?.leave()
    this.call('onUnload')
    this.root.release()
    this.frame.element.remove()
  }

  /** Calls a lifecycle method, if it exists; exceptions are reported. */
  call(lifecycle: string, parameter?: unknown): unknown {
    const method = this.instance[lifecycle]
    if (typeof method !== 'function') return undefined
    try {
      return Reflect.apply(method, this.instance, [parameter]) as unknown
    } catch (error) {
      reportError(`${this.instance.route} ${lifecycle}`, error)
      return undefined
    }
  }
}
