/**
 * The channel between a page and its opener: each side receives the events that the other emits.
 * https://developers.weixin.qq.com/miniprogram/dev/api/route/EventChannel.html
 */

type Listener = (...values: unknown[]) => void

/** One end of a channel. */
export class EventChannel {
  private readonly listeners = new Map<string, { listener: Listener; isOnce: boolean }[]>()
  private peer: EventChannel | null = null

  /** Two connected ends; `events` are the opener's initial listeners. */
  static createPair(events: Record<string, unknown>): [opener: EventChannel, opened: EventChannel] {
    const opener = new EventChannel()
    const opened = new EventChannel()
    opener.peer = opened
    opened.peer = opener
    for (const [name, listener] of Object.entries(events)) {
      if (typeof listener === 'function') opener.on(name, listener as Listener)
    }
    return [opener, opened]
  }

  on(name: string, listener: Listener): void {
    this.add(name, listener, false)
  }

  once(name: string, listener: Listener): void {
    this.add(name, listener, true)
  }

  /** Removes one listener, or all of an event. */
  off(name: string, listener?: Listener): void {
    const left = (this.listeners.get(name) ?? []).filter(
      (one) => listener !== undefined && one.listener !== listener,
    )
    this.listeners.set(name, left)
  }

  /** Emits to the other page; does nothing for a page without an opener. */
  emit(name: string, ...values: unknown[]): void {
    this.peer?.receive(name, values)
  }

  private add(name: string, listener: Listener, isOnce: boolean): void {
    this.listeners.set(name, [...(this.listeners.get(name) ?? []), { listener, isOnce }])
  }

  private receive(name: string, values: unknown[]): void {
    const heard = this.listeners.get(name) ?? []
    this.listeners.set(
      name,
      heard.filter(({ isOnce }) => !isOnce),
    )
    for (const { listener } of heard) listener(...values)
  }
}
