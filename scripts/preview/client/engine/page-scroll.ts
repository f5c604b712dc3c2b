/**
 * `onPageScroll` and `onReachBottom`: the page reports each scroll, and once each time its end
 * comes near.
 * https://developers.weixin.qq.com/miniprogram/dev/reference/api/Page.html
 */

const DEFAULT_DISTANCE_PX = 50

/** The listeners of a page's scrolling. */
interface ScrollEvents {
  onScroll(scrollTop: number): void
  onReachBottom(): void
}

/** Follows the scrolling of a page; `distance` is its `onReachBottomDistance`, in px. */
export function followPageScroll(
  scroller: HTMLElement,
  distance: unknown,
  events: ScrollEvents,
): void {
  const distancePx = typeof distance === 'number' ? distance : DEFAULT_DISTANCE_PX
  let wasNear = false
  scroller.addEventListener('scroll', () => {
    const { scrollTop, clientHeight, scrollHeight } = scroller
    events.onScroll(scrollTop)
    const isNear = scrollTop + clientHeight >= scrollHeight - distancePx
    if (isNear && !wasNear) events.onReachBottom()
    wasNear = isNear
  })
}
