/** Determines the target of a mini-program's request. */

/** The origin in this project's develop version. */
export const DEV_ORIGIN = 'http://127.0.0.1:3000'

/** Whether an http, https, ws or wss URL is on this computer: localhost, 127.0.0.0/8, ::1. */
export function isLoopback(target: URL): boolean {
  const isKnown = /^(https?|wss?):$/.test(target.protocol)
  const isLocal = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(target.hostname)
  return isKnown && isLocal && target.username === '' && target.password === ''
}

/** Parses `/http://127.0.0.1:3000/v1/me`; null when it is not a URL. */
export function parseTarget(path: string): URL | null {
  const text = path.slice(1)
  return URL.canParse(text) ? new URL(text) : null
}

/**
 * The URL of `path` on the origin of `base`. A path such as `//example.com/` stays a path, although
 * a relative URL would read it as a host. Null when it is not a path.
 */
export function urlOn(base: string, path: string): URL | null {
  const { origin } = new URL(base)
  const text = origin + path
  return path.startsWith('/') && URL.canParse(text) ? new URL(text) : null
}

/** Replaces an origin, because the BFF of a test or of `npm start` may use another port. */
export function redirectOrigin(target: URL, from: string, to: string | undefined): URL {
  if (to === undefined || target.host !== new URL(from).host) return target
  const moved = urlOn(to, target.pathname + target.search) ?? target
  if (target.protocol.startsWith('ws')) moved.protocol = moved.protocol.replace('http', 'ws')
  return moved
}
