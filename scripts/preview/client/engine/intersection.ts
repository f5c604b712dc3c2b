/**
 * `createIntersectionObserver`: reports when nodes enter or leave the page's visible area or the
 * area of another node.
 * https://developers.weixin.qq.com/miniprogram/dev/api/wxml/IntersectionObserver.html
 */
import type * as glassEasel from 'glass-easel'
import { elementOf, findPageBody, findRoot, toPageRect } from './geometry'
import type { Instance } from './selector-query'

interface Options {
  /** The visible ratios to report, from 0 to 1. Default [0]. */
  thresholds?: number[]
  /** The ratio assumed before the first report. Default 0. */
  initialRatio?: number
  /** Observes all nodes of the selector, not only the first. Default false. */
  observeAll?: boolean
}

/** Expands the reference area beyond its node, in px; negative shrinks it. */
interface Margins {
  left?: number
  top?: number
  right?: number
  bottom?: number
}

type Listener = (status: object) => void

interface Reference {
  /** null stands for the page's visible area. */
  selector: string | null
  margins: Margins
}

const px = (value = 0): string => `${value}px`

const toRootMargin = ({ top, right, bottom, left }: Margins): string =>
  [top, right, bottom, left].map(px).join(' ')

/**
 * Margins that shrink the page to the reference node, because the browser accepts only an ancestor
 * as root.
 */
function shrinkTo(body: HTMLElement, reference: HTMLElement, margins: Margins): Margins {
  const outer = body.getBoundingClientRect()
  const inner = reference.getBoundingClientRect()
  return {
    top: outer.top - inner.top + (margins.top ?? 0),
    left: outer.left - inner.left + (margins.left ?? 0),
    right: inner.right - outer.right + (margins.right ?? 0),
    bottom: inner.bottom - outer.bottom + (margins.bottom ?? 0),
  }
}

function describe(node: glassEasel.Element, entry: IntersectionObserverEntry): object {
  const rect = (value: DOMRectReadOnly | null) =>
    value === null ? null : toPageRect(value, entry.target)
  return {
    id: node.id,
    dataset: { ...node.dataset },
    time: Date.now(),
    intersectionRatio: entry.intersectionRatio,
    intersectionRect: rect(entry.intersectionRect),
    boundingClientRect: rect(entry.boundingClientRect),
    relativeRect: rect(entry.rootBounds),
  }
}

/** The observer that `wx.createIntersectionObserver` returns. */
export class PageIntersectionObserver {
  private readonly observers: IntersectionObserver[] = []
  private reference: Reference = { selector: null, margins: {} }

  constructor(
    private readonly within: Instance | null,
    private readonly options: Options = {},
  ) {}

  relativeTo(selector: string, margins: Margins = {}): this {
    this.reference = { selector, margins }
    return this
  }

  relativeToViewport(margins: Margins = {}): this {
    this.reference = { selector: null, margins }
    return this
  }

  observe(selector: string, listener: Listener): void {
    const shadowRoot = this.within?._$.getShadowRoot()
    if (shadowRoot === null || shadowRoot === undefined) return
    const first = shadowRoot.querySelector(selector)
    const nodes = this.options.observeAll === true ? shadowRoot.querySelectorAll(selector) : [first]
    for (const node of nodes) if (node !== null) this.watch(node, listener)
  }

  disconnect(): void {
    for (const observer of this.observers.splice(0)) observer.disconnect()
  }

  private area(): IntersectionObserverInit {
    const component = this.within?._$
    const page = component === undefined ? null : elementOf(findRoot(component))
    const body = page === null ? null : findPageBody(page)
    const { selector, margins } = this.reference
    const node = selector === null ? null : component?.getShadowRoot()?.querySelector(selector)
    const reference = node === null || node === undefined ? null : elementOf(node)
    if (body === null || reference === null) {
      return { root: body, rootMargin: toRootMargin(margins) }
    }
    return { root: body, rootMargin: toRootMargin(shrinkTo(body, reference, margins)) }
  }

  private watch(node: glassEasel.Element, listener: Listener): void {
    const element = elementOf(node)
    if (element === null) return
    const { thresholds = [0], initialRatio = 0 } = this.options
    let isFirst = true
    const hear = (entries: IntersectionObserverEntry[]): void => {
      for (const entry of entries) {
        // The browser always reports the initial state; WeChat only when it differs from the
        // expected one.
        const isNews =
          !isFirst || (entry.isIntersecting && entry.intersectionRatio !== initialRatio)
        isFirst = false
        if (isNews) listener(describe(node, entry))
      }
    }
    const observer = new IntersectionObserver(hear, { ...this.area(), threshold: thresholds })
    observer.observe(element)
    this.observers.push(observer)
  }
}
