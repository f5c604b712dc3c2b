/**
 * The stack of pages: opening, closing and the lifecycles in WeChat's order: attached, onLoad, onShow,
 * then in the next task ready and onReady; onHide and onUnload when it goes. At most ten pages; routes that do not exist are refused, never guessed.
 * https://developers.weixin.qq.com/miniprogram/dev/framework/app-service/route.html
 */
import { EventChannel } from './event-channel'
import type { LoadedProgram } from './program'
import { findWebView } from '../elements/web-view'
import { reportError } from '../reports'
import { createPageFrame, type PageFrame } from '../phone/page-frame'
import { createTabBar, parseTabBar, type TabBarConfig } from '../phone/tab-bar'

/** The limit of WeChat's page stack. */
const MAX_PAGES = 10

/** What the mini-program sees as a page: its own methods and data, plus route and options. */
export interface PageInstance {
  route: string
  options: Record<string, string>
  [member: string]: unknown
}

interface StackedPage {
  instance: PageInstance
  frame: PageFrame
  root: ReturnType<LoadedProgram['backend']['createRoot']>
}

/** A refused navigation; the message is the tail of WeChat's errMsg. */
export class NavigationError extends Error {}

function parseUrl(url: string): { path: string; query: Record<string, string> } {
  const [path = '', search = ''] = url.split('?')
  return { path, query: Object.fromEntries(new URLSearchParams(search)) }
}

function resolvePath(path: string, current: string | undefined): string {
  if (path.startsWith('/')) return path.slice(1)
  const base = new URL(current ?? '', 'file:///')
  return new URL(path, base).pathname.slice(1)
}

/** The page stack of a running mini-program. */
export class PageStack {
  private readonly pages: StackedPage[] = []
  /** Pages of the tab bar stay alive while another tab is shown. */
  private readonly tabs = new Map<string, StackedPage>()
  private readonly tabBar: TabBarConfig | null
  private readonly listeners = new Set<() => void>()

  constructor(
    private readonly loaded: LoadedProgram,
    private readonly parent: HTMLElement,
  ) {
    this.tabBar = parseTabBar(loaded.program.config.tabBar)
  }

  /** The instances from bottom to top, as `getCurrentPages()` gives them. */
  instances(): PageInstance[] {
    return this.pages.map(({ instance }) => instance)
  }

  /** The frame of the page on top; null while there is none. */
  topFrame(): PageFrame | null {
    return this.pages.at(-1)?.frame ?? null
  }

  /** Calls `listener` after each change of the stack. */
  onChange(listener: () => void): void {
    this.listeners.add(listener)
  }

  /** Opens a page above the present one; `channel` leads to its opener. Throws NavigationError. */
  open(url: string, channel = new EventChannel()): PageInstance {
    if (this.pages.length >= MAX_PAGES) {
      throw new NavigationError(`webview count limit exceed`)
    }
    const { path, query } = this.locate(url)
    this.refuseTab(path, 'navigateTo')
    this.call(this.pages.at(-1), 'onHide')
    return this.push(path, query, channel)
  }

  /** Closes `delta` pages, never the lowest one. */
  back(delta: number): void {
    if (this.pages.length < 2) throw new NavigationError('cannot navigate back at first page.')
    const count = Math.min(Math.max(delta, 1), this.pages.length - 1)
    for (let index = 0; index < count; index += 1) this.pop()
    this.show(this.pages.at(-1))
    this.changed()
  }

  /** Replaces the page on top. */
  redirect(url: string): PageInstance {
    const { path, query } = this.locate(url)
    this.refuseTab(path, 'redirectTo')
    this.pop()
    return this.push(path, query)
  }

  /** Shows a page of the tab bar; other tabs keep their state, pages above them are closed. */
  switchTab(url: string): void {
    const { path } = this.locate(url)
    if (!this.isTab(path)) throw new NavigationError('can not switch to no-tabBar page')
    if (this.pages.at(-1)?.instance.route === path) return
    while (this.pages.length > 1) this.pop()
    const bottom = this.pages.at(0)
    if (bottom !== undefined && this.isTab(bottom.instance.route)) {
      this.call(bottom, 'onHide')
      bottom.frame.element.inert = true
      this.pages.pop()
    } else {
      this.pop()
    }
    const kept = this.tabs.get(path)
    if (kept === undefined) {
      this.push(path, {})
      return
    }
    this.pages.push(kept)
    this.show(kept)
    this.changed()
  }

  /** Closes all pages and opens one. */
  relaunch(url: string): PageInstance {
    const { path, query } = this.locate(url)
    while (this.pages.length > 0) this.pop()
    for (const tab of this.tabs.values()) this.discard(tab)
    return this.push(path, query)
  }

  /** Calls a lifecycle method of the page on top, such as onShow or onPullDownRefresh. */
  callTop(lifecycle: string, parameter?: unknown): unknown {
    return this.call(this.pages.at(-1), lifecycle, parameter)
  }

  /** What the gesture and `wx.startPullDownRefresh` do. */
  pullDown(): void {
    this.topFrame()?.setLoading(true)
    this.callTop('onPullDownRefresh')
  }

  private locate(url: string): { path: string; query: Record<string, string> } {
    const { path, query } = parseUrl(url)
    const full = resolvePath(path, this.pages.at(-1)?.instance.route)
    if (!this.loaded.program.pages.includes(full)) {
      throw new NavigationError(`page "${full}" is not found`)
    }
    return { path: full, query }
  }

  private push(
    path: string,
    query: Record<string, string>,
    channel = new EventChannel(),
  ): PageInstance {
    const { backend, space, program } = this.loaded
    const config = { ...program.config.window, ...this.loaded.unitOf(path)?.config }
    const search = new URLSearchParams(query).toString()
    const root = backend.createRoot('page', space, search === '' ? path : `${path}?${search}`)
    const frame = createPageFrame(config, this.pages.length > 0, {
      // The arrow goes back in a web page first.
      onBack: () => {
        if (findWebView(frame.element)?.goBack() !== true) this.back(1)
      },
      onColors: () => this.changed(),
      onPull: () => this.pullDown(),
    })
    const instance = root.get() as unknown as PageInstance
    const getOpenerEventChannel = (): EventChannel => channel
    Object.assign(instance, { route: path, __route__: path, options: query, getOpenerEventChannel })
    const page = { instance, frame, root }
    this.pages.push(page)
    frame.attach(this.parent, this.createTabBar(page))
    const host = root.getComponent().getBackendElement() as unknown as HTMLElement
    host.setAttribute('data-route', path)
    this.attach(page)
    this.call(page, 'onLoad', query)
    this.show(page)
    setTimeout(() => {
      if (frame.element.isConnected) this.call(page, 'onReady')
    })
    this.changed()
    return instance
  }

  private attach({ root, frame }: StackedPage): void {
    const placeholder = document.createElement('div')
    frame.scroller.append(placeholder)
    type Attached = Parameters<typeof root.attach>[0]
    root.attach(frame.scroller as unknown as Attached, placeholder as unknown as Attached)
  }

  private show(page: StackedPage | undefined): void {
    for (const other of this.pages) other.frame.element.inert = other !== page
    page?.root.getComponent().triggerPageLifetime('show', [])
    this.call(page, 'onShow')
  }

  private pop(): void {
    const page = this.pages.pop()
    if (page !== undefined) this.discard(page)
  }

  private discard(page: StackedPage): void {
    this.tabs.delete(page.instance.route)
    findWebView(page.frame.element)?.leave()
    this.call(page, 'onUnload')
    page.root.release()
    page.frame.element.remove()
  }

  private isTab(path: string): boolean {
    return this.tabBar?.list.some(({ pagePath }) => pagePath === path) ?? false
  }

  private refuseTab(path: string, api: string): void {
    if (this.isTab(path)) throw new NavigationError(`can not ${api} a tabbar page`)
  }

  private createTabBar(page: StackedPage): HTMLElement | null {
    const { route } = page.instance
    if (this.tabBar === null || !this.isTab(route)) return null
    this.tabs.set(route, page)
    return createTabBar(this.tabBar, route, (path) => this.switchTab(`/${path}`))
  }

  private call(page: StackedPage | undefined, lifecycle: string, parameter?: unknown): unknown {
    if (lifecycle === 'onHide') page?.root.getComponent().triggerPageLifetime('hide', [])
    const method = page?.instance[lifecycle]
    if (page === undefined || typeof method !== 'function') return undefined
    try {
      return Reflect.apply(method, page.instance, [parameter]) as unknown
    } catch (error) {
      reportError(`${page.instance.route} ${lifecycle}`, error)
      return undefined
    }
  }

  private changed(): void {
    for (const listener of this.listeners) listener()
  }
}
