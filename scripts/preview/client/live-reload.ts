/** Listens to the server and reloads after a change; silent while the server is away. */

/** Calls `onChange` after the sources changed or the server came back with another build. */
export function watchServer(onChange: () => void): void {
  const events = new EventSource('/__preview/events')
  events.addEventListener('reload', () => onChange())
  // An open stream would keep the page out of the browser's cache and count as a connection.
  window.addEventListener('pagehide', () => events.close())
}
