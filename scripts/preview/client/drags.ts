/** Drags by finger or mouse, followed even outside of the element where they began. */

interface Point {
  clientX: number
  clientY: number
}

export interface DragHandler {
  /** Whether a drag may begin now. */
  begin(): boolean
  /** Distance since the start, in px. */
  move(dx: number, dy: number): void
  end(): void
}

/** Calls `handler` for each drag that begins on `element`. */
export function followDrags(element: HTMLElement, handler: DragHandler): void {
  let start: Point | null = null
  const begin = (point: Point): void => {
    start = handler.begin() ? point : null
  }
  const move = ({ clientX, clientY }: Point): void => {
    if (start !== null) handler.move(clientX - start.clientX, clientY - start.clientY)
  }
  const end = (): void => {
    if (start !== null) handler.end()
    start = null
  }
  element.addEventListener('mousedown', (event) => {
    if (event.button !== 0) return
    begin(event)
    const isOver = new AbortController()
    const { signal } = isOver
    window.addEventListener('mousemove', move, { signal })
    const release = (): void => {
      isOver.abort()
      end()
    }
    window.addEventListener('mouseup', release, { signal })
  })
  const first = (use: (point: Point) => void) => (event: TouchEvent) => {
    const [touch] = event.touches
    if (touch !== undefined) use(touch)
  }
  element.addEventListener('touchstart', first(begin), { passive: true })
  element.addEventListener('touchmove', first(move), { passive: true })
  for (const name of ['touchend', 'touchcancel']) element.addEventListener(name, end)
}
