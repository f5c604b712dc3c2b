/**
 * `<web-view>`: a web page of this computer that fills the mini-program page. Its posted messages
 * arrive when the page is left, as in WeChat; the back arrow first goes back inside the web page.
 * https://developers.weixin.qq.com/miniprogram/dev/component/web-view.html
 */
import { host } from '../host'
import { WxElement } from './wx-element'

interface BridgeMessage {
  previewWebView: 'load' | 'call'
  url?: string
  canGoBack?: boolean
  name?: string
  delta?: number
  data?: unknown
}

type Navigate = (api: string, options: { url?: string; delta?: number }) => void

let navigate: Navigate = () => undefined

/** How `wx.miniProgram.navigateTo` and related calls navigate. */
export function setWebViewNavigator(action: Navigate): void {
  navigate = action
}

/** The URL at which the preview's server shows a page; null when it is not allowed. */
async function findAddress(source: string): Promise<string | null> {
  const answer = await host.send(`web-view/${source}`, { headers: { 'x-preview': '1' } })
  return answer.ok ? ((await answer.json()) as { url: string }).url : null
}

export class WxWebView extends WxElement {
  static readonly observedAttributes = ['src']
  private readonly frame = document.createElement('iframe')
  private readonly posted: unknown[] = []
  private canGoBack = false

  protected build(): void {
    this.frame.title = '网页'
    this.append(this.frame)
    window.addEventListener('message', this.hear)
    this.update()
  }

  protected override update(): void {
    const source = this.text('src')
    if (source === '') return
    void findAddress(source).then((address) => {
      if (source !== this.text('src')) return
      if (address === null) this.emit('error', { src: source, fullUrl: source })
      else this.frame.src = address
    })
  }

  private readonly hear = ({ data, source }: MessageEvent<unknown>): void => {
    if (source !== this.frame.contentWindow || typeof data !== 'object' || data === null) return
    if (!('previewWebView' in data)) return
    const message = data as BridgeMessage
    if (message.previewWebView === 'load') {
      this.canGoBack = message.canGoBack === true
      this.emit('load', { src: this.text('src') })
    } else if (message.name === 'postMessage') this.posted.push(message.data)
    else this.navigate(message)
  }

  private navigate({ name = '', url, delta }: BridgeMessage): void {
    const options = { ...(url !== undefined && { url }), ...(delta !== undefined && { delta }) }
    navigate(name, options)
  }

  /** Goes back in the web page; false when it has no history. */
  goBack(): boolean {
    if (this.canGoBack) this.frame.contentWindow?.postMessage('preview:back', '*')
    return this.canGoBack
  }

  /** Delivers the messages that the web page posted; call it before the page is removed. */
  leave(): void {
    window.removeEventListener('message', this.hear)
    if (this.posted.length > 0) this.emit('message', { data: this.posted.splice(0) })
  }
}

/** The web-view of a page, or null. */
export function findWebView(page: Element): WxWebView | null {
  const found = page.querySelector('wx-web-view')
  return found instanceof WxWebView ? found : null
}
