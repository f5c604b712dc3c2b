/**
 * Listens to the preview's server: new builds, and what a browser asked of the BFF. One tab listens for all,
 * since a browser keeps six connections to a server: with a stream in each tab, the seventh would never load.
 */
import { addBrowserCall } from './trace'

/** Names the lock and the channel of all tabs of this preview. */
const SHARED = 'preview:events'

/** A request to the BFF, through a web-view or the website that 打开网站 opened. */
interface WebCall {
  method: string
  path: string
  status: number
  startedAtMs: number
  endedAtMs: number
}

function logWebCall({ method, path, status, startedAtMs, endedAtMs }: WebCall): void {
  // Styles, scripts and pictures of a page are irrelevant to its session.
  if (/\.\w+$/.test(path)) return
  const times = { startedAtMs, endedAtMs }
  const label = `${method} ${path}`
  addBrowserCall({ label, outcome: String(status), isFailure: status >= 400, ...times })
}

interface ServerEvent {
  type: 'build' | 'web-call'
  data: string
}

/** Opens the stream until the page is left. */
function openStream(left: AbortSignal, onEvent: (event: ServerEvent) => void): Promise<void> {
  return new Promise((release) => {
    const events = new EventSource('/__preview/events')
    for (const type of ['build', 'web-call'] as const) {
      events.addEventListener(type, ({ data }: MessageEvent<string>) => onEvent({ type, data }))
    }
    left.addEventListener('abort', () => {
      events.close()
      release()
    })
  })
}

/** Calls `onBuild` with the id of the server's build: when it changes, and when the server is back. */
export function watchServer(onBuild: (id: string) => void): void {
  const handle = ({ type, data }: ServerEvent): void => {
    if (type === 'build') onBuild(data)
    else logWebCall(JSON.parse(data) as WebCall)
  }
  const channel = new BroadcastChannel(SHARED)
  channel.addEventListener('message', ({ data }: MessageEvent<ServerEvent>) => handle(data))
  const listen = (): void => {
    const leaving = new AbortController()
    const { signal } = leaving
    const open = (): Promise<void> =>
      openStream(signal, (event) => {
        channel.postMessage(event)
        handle(event)
      })
    // Whoever holds the lock listens; the next tab gets it when this one is closed.
    navigator.locks.request(SHARED, { signal }, open).catch(() => undefined)
    // An open stream would keep the page out of the browser's cache and count as a connection.
    window.addEventListener('pagehide', () => leaving.abort(), { once: true })
  }
  listen()
  window.addEventListener('pageshow', ({ persisted }) => {
    if (persisted) listen()
  })
}
