/** The gesture of `enablePullDownRefresh`: dragging down from the top of a page, by finger or mouse. */

/** How far the page must be dragged. */
const THRESHOLD_PX = 60
/** How far it follows. */
const SHOWN_PX = 90

interface Point {
  clientY: number
}

/** Calls `onPull` after each drag that went far enough. */
export function followPulls(scroller: HTMLElement, onPull: () => void): void {
  let startY: number | null = null
  let pulledPx = 0
  const begin = ({ clientY }: Point): void => {
    startY = scroller.scrollTop <= 0 ? clientY : null
    pulledPx = 0
  }
  const move = ({ clientY }: Point): void => {
    if (startY === null || scroller.scrollTop > 0) return
    pulledPx = Math.max(0, clientY - startY)
    scroller.style.translate = `0 ${Math.min(pulledPx / 2, SHOWN_PX)}px`
  }
  const end = (): void => {
    if (startY === null) return
    startY = null
    scroller.style.removeProperty('translate')
    if (pulledPx >= THRESHOLD_PX) onPull()
  }
  scroller.addEventListener('mousedown', begin)
  window.addEventListener('mousemove', move)
  window.addEventListener('mouseup', end)
  const first = (event: TouchEvent, use: (point: Point) => void): void => {
    const [touch] = event.touches
    if (touch !== undefined) use(touch)
  }
  scroller.addEventListener('touchstart', (event) => first(event, begin), { passive: true })
  scroller.addEventListener('touchmove', (event) => first(event, move), { passive: true })
  scroller.addEventListener('touchend', end)
}
