/**
 * The stack of pages: at most ten, opened and closed as in WeChat. Unknown routes are refused,
 * never guessed.
 * https://developers.weixin.qq.com/miniprogram/dev/framework/app-service/route.html
 */
import type { PageFrame } from '../phone/page-frame'
import { parseTabBar, TabBars } from '../phone/tab-bar'
import { EventChannel } from './event-channel'
import { NavigationError, parsePageUrl, type PageAddress } from './page-url'
import type { LoadedProgram } from './program'
import { StackedPage, type PageInstance } from './stacked-page'

/** The limit of WeChat's page stack. */
const MAX_PAGES = 10

/** The page stack of a running mini-program. */
export class PageStack {
  /** The tab bar; null when the mini-program has none. */
  readonly tabBars: TabBars | null
  private readonly pages: StackedPage[] = []
  /** Tab pages stay alive while another tab is shown. */
  private readonly tabs = new Map<string, StackedPage>()
  private readonly listeners = new Set<() => void>()

  constructor(
    private readonly loaded: LoadedProgram,
    private readonly parent: HTMLElement,
  ) {
    const config = parseTabBar(loaded.program.config.tabBar)
    const open: ConstructorParameters<typeof TabBars>[1] = ({ pagePath, text }, index) => {
      this.switchTab(`/${pagePath}`)
      // A tapped tab gets the event even when it is the current one.
      this.callTop('onTabItemTap', { index, pagePath, text })
    }
    this.tabBars = config === null ? null : new TabBars(config, open)
  }

  /** The instances from bottom to top, as `getCurrentPages()` returns them. */
  instances(): PageInstance[] {
    return this.pages.map(({ instance }) => instance)
  }

  /** The frame of the top page; null when there is none. */
  topFrame(): PageFrame | null {
    return this.pages.at(-1)?.frame ?? null
  }

  /** Calls `listener` after each change of the stack. */
  onChange(listener: () => void): void {
    this.listeners.add(listener)
  }

  /** Opens a page above the current one; `channel` leads to its opener. Throws NavigationError. */
  open(url: string, channel = new EventChannel()): PageInstance {
    if (this.pages.length >= MAX_PAGES) {
      throw new NavigationError(`webview count limit exceed`)
    }
    const address = this.locate(url)
    this.refuseTab(address.path, 'navigateTo')
    this.pages.at(-1)?.hide()
    return this.push(address, channel)
  }

  /** Closes `delta` pages, never the bottom one. */
  back(delta: number): void {
    if (this.pages.length < 2) throw new NavigationError('cannot navigate back at first page.')
    const count = Math.min(Math.max(delta, 1), this.pages.length - 1)
    for (let index = 0; index < count; index += 1) this.pop()
    this.show(this.pages.at(-1))
    this.changed()
  }

  /** Replaces the top page. */
  redirect(url: string): PageInstance {
    const address = this.locate(url)
    this.refuseTab(address.path, 'redirectTo')
    this.pop()
    return this.push(address)
  }

  /** Shows a tab page; other tabs keep their state, pages above them are closed. */
  switchTab(url: string): void {
    const { path } = this.locate(url)
    if (!this.isTab(path)) throw new NavigationError('can not switch to no-tabBar page')
    if (this.pages.at(-1)?.instance.route === path) return
    while (this.pages.length > 1) this.pop()
    const bottom = this.pages.at(0)
    if (bottom !== undefined && this.isTab(bottom.instance.route)) {
      // A page below others is already hidden.
      if (!bottom.frame.element.inert) bottom.hide()
      bottom.frame.element.inert = true
      this.pages.pop()
    } else {
      this.pop()
    }
    const kept = this.tabs.get(path)
    if (kept === undefined) {
      this.push({ path, query: {} })
      return
    }
    this.pages.push(kept)
    this.show(kept)
    this.changed()
  }

  /** Closes all pages and opens one. */
  relaunch(url: string): PageInstance {
    const address = this.locate(url)
    while (this.pages.length > 0) this.pop()
    for (const tab of this.tabs.values()) this.discard(tab)
    return this.push(address)
  }

  /** Calls a lifecycle method of the top page, such as onShow or onPullDownRefresh. */
  callTop(lifecycle: string, parameter?: unknown): unknown {
    return this.pages.at(-1)?.call(lifecycle, parameter)
  }

  /** The mini-program leaves the screen. */
  hideTop(): void {
    this.pages.at(-1)?.hide()
  }

  /** The mini-program comes back to the screen. */
  showTop(): void {
    this.pages.at(-1)?.show()
  }

  /** Shared by the gesture and `wx.startPullDownRefresh`. */
  pullDown(): void {
    this.topFrame()?.setLoading(true)
    this.callTop('onPullDownRefresh')
  }

  private locate(url: string): PageAddress {
    const address = parsePageUrl(url, this.pages.at(-1)?.instance.route)
    if (!this.loaded.program.pages.includes(address.path)) {
      throw new NavigationError(`page "${address.path}" is not found`)
    }
    return address
  }

  private push(address: PageAddress, channel = new EventChannel()): PageInstance {
    const events = {
      onBack: () => this.back(1),
      onColors: () => this.changed(),
      onPull: () => this.pullDown(),
    }
    const surroundings = { hasBack: this.pages.length > 0, events }
    const page = new StackedPage(this.loaded, address, channel, surroundings)
    this.pages.push(page)
    if (this.isTab(address.path)) this.tabs.set(address.path, page)
    page.attach(this.parent, this.tabBars)
    page.load()
    this.show(page)
    this.changed()
    return page.instance
  }

  private show(page: StackedPage | undefined): void {
    for (const other of this.pages) other.frame.element.inert = other !== page
    page?.show()
  }

  private pop(): void {
    const page = this.pages.pop()
    if (page !== undefined) this.discard(page)
  }

  private discard(page: StackedPage): void {
    this.tabs.delete(page.instance.route)
    page.unload()
  }

  private isTab(path: string): boolean {
    return this.tabBars?.has(path) ?? false
  }

  private refuseTab(path: string, api: string): void {
    if (this.isTab(path)) throw new NavigationError(`can not ${api} a tabbar page`)
  }

  private changed(): void {
    for (const listener of this.listeners) listener()
  }
}
