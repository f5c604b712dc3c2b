/**
 * `<root-portal>` and `<match-media>`: content that is moved out of its place in the page, and
 * content that exists on some screen sizes only.
 * https://developers.weixin.qq.com/miniprogram/dev/component/root-portal.html
 * https://developers.weixin.qq.com/miniprogram/dev/component/match-media.html
 */
import { findPageBody } from '../engine/geometry'
import { WxElement } from './wx-element'

/** Moves its children to the end of the page, so that no ancestor clips or transforms them. */
export class WxRootPortal extends WxElement {
  static readonly observedAttributes = ['enable']
  private readonly content = document.createElement('div')

  override connectedCallback(): void {
    super.connectedCallback()
    this.update()
  }

  disconnectedCallback(): void {
    this.content.remove()
  }

  protected build(): void {
    this.content.className = 'pv-portal'
  }

  protected override update(): void {
    const page = this.isOff('enable') ? null : this.closest('[data-route]')
    if (page === null) super.appendChild(this.content)
    else page.append(this.content)
  }

  // glass-easel adds and removes children through these methods.
  override appendChild<T extends Node>(node: T): T {
    return this.content.appendChild(node)
  }

  override insertBefore<T extends Node>(node: T, before: Node | null): T {
    return this.content.insertBefore(node, before)
  }

  override replaceChild<T extends Node>(node: Node, old: T): T {
    return this.content.replaceChild(node, old)
  }

  override removeChild<T extends Node>(node: T): T {
    return this.content.removeChild(node)
  }
}

/** Visible while the page's size meets all conditions in its attributes. */
export class WxMatchMedia extends WxElement {
  static readonly observedAttributes =
    'width min-width max-width height min-height max-height orientation'.split(' ')

  private readonly sizes = new ResizeObserver(() => this.update())

  override connectedCallback(): void {
    super.connectedCallback()
    const body = findPageBody(this)
    if (body !== null) this.sizes.observe(body)
    this.update()
  }

  disconnectedCallback(): void {
    this.sizes.disconnect()
  }

  protected build(): void {
    // The size is measured each time the element enters a page.
  }

  protected override update(): void {
    const { clientWidth = 0, clientHeight = 0 } = findPageBody(this) ?? {}
    const orientation = clientWidth > clientHeight ? 'landscape' : 'portrait'
    const fits = (name: string, size: number): boolean =>
      size === this.limit(name, size) &&
      size >= this.limit(`min-${name}`, size) &&
      size <= this.limit(`max-${name}`, size)
    const isMatch =
      fits('width', clientWidth) &&
      fits('height', clientHeight) &&
      (this.text('orientation') || orientation) === orientation
    this.toggleAttribute('pv-unmatched', !isMatch)
  }

  /** The attribute as a number; `size`, which always matches, when it is missing. */
  private limit(name: string, size: number): number {
    const text = this.text(name)
    return text === '' ? size : Number.parseFloat(text)
  }
}
