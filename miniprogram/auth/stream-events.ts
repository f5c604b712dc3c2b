/**
 * Parses server-sent events chunk by chunk: lines end with LF, CR or CRLF, an empty line ends an
 * event, and what is incomplete at the end is dropped.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
/** https://html.spec.whatwg.org/multipage/server-sent-events.html */
export interface StreamEvent {
  /** `message` by default. */
  event: string
  data: string
  /** The last id that the server has sent; empty where it sends none. */
  id: string
}

export function createEventReader(onEvent: (event: StreamEvent) => void): {
  take(text: string): void
} {
  let rest = ''
  /** A character to skip at the start of the next chunk: first a byte order mark, later the LF of a CRLF. */
  let skipped = '\ufeff'
  let event = ''
  let data: string[] = []
  let id = ''

  function takeLine(line: string): void {
    if (line === '') {
      if (data.length > 0) onEvent({ event: event || 'message', data: data.join('\n'), id })
      event = ''
      data = []
      return
    }
    const [, name = '', value = ''] = /^([^:]*)(?:: ?([^]*))?$/.exec(line) ?? []
    if (name === 'event') event = value
    else if (name === 'data') data.push(value)
    else if (name === 'id' && !value.includes('\0')) id = value
  }

  return {
    take(text) {
      rest += skipped && text.startsWith(skipped) ? text.slice(1) : text
      skipped = text.endsWith('\r') ? '\n' : ''
      const lines = rest.split(/\r\n?|\n/)
      rest = lines.pop() ?? ''
      lines.forEach(takeLine)
    },
  }
}
