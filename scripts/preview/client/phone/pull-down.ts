/**
 * The gesture of `enablePullDownRefresh`: dragging down from the top of a page by finger or mouse.
 */
import { followDrags } from '../drags'

/** Distance that triggers the refresh. */
const THRESHOLD_PX = 60
/** Maximum distance that the page follows. */
const SHOWN_PX = 90

/** Calls `onPull` after each drag that was long enough. */
export function followPulls(scroller: HTMLElement, onPull: () => void): void {
  let pulledPx = 0
  followDrags(scroller, {
    begin() {
      pulledPx = 0
      return scroller.scrollTop <= 0
    },
    move(_dx, dy) {
      if (scroller.scrollTop > 0) return
      pulledPx = Math.max(0, dy)
      scroller.style.translate = `0 ${Math.min(pulledPx / 2, SHOWN_PX)}px`
    },
    end() {
      scroller.style.removeProperty('translate')
      if (pulledPx >= THRESHOLD_PX) onPull()
    },
  })
}
