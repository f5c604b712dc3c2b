/** Listens to the preview's server: changes of the sources, and what a browser asked of the BFF. */
import { addBrowserCall } from './trace'

/** A request to the BFF, through a web-view or the website that 打开网站 opened. */
interface WebCall {
  method: string
  path: string
  status: number
  startedAtMs: number
  endedAtMs: number
}

function logWebCall({ method, path, status, startedAtMs, endedAtMs }: WebCall): void {
  // Styles, scripts and pictures of a page say nothing about its session.
  if (/\.\w+$/.test(path)) return
  const times = { startedAtMs, endedAtMs }
  const label = `${method} ${path}`
  addBrowserCall({ label, outcome: String(status), isFailure: status >= 400, ...times })
}

/** Calls `onChange` after the sources changed or the server came back with another build. */
export function watchServer(onChange: () => void): void {
  const events = new EventSource('/__preview/events')
  events.addEventListener('reload', () => onChange())
  events.addEventListener('web-call', ({ data }: MessageEvent<string>) =>
    logWebCall(JSON.parse(data) as WebCall),
  )
  // An open stream would keep the page out of the browser's cache and count as a connection.
  window.addEventListener('pagehide', () => events.close())
}
