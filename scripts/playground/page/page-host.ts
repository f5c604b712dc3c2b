/**
 * Replaces the preview's server for the preview's page: requests of the mini-program go to the BFF
 * in the page and control calls to WeChat in the page, so nothing leaves it.
 */
import type { Host } from '../../preview/client/host'
import { DEV_ORIGIN, isLoopback } from '../../preview/targets'
import type { Backend } from '../backend'

/** These features need their own server. A page that uses one shows a message. */
const ABSENT: readonly (readonly [RegExp, string])[] = [
  [/^\/v1\/pay\/(?!items$)/, '支付'],
  [/^\/v1\/(scans|web)\//, '网页登录'],
]
const NOT_HERE = '体验版里没有，运行 npm start 可以试'

const noServer = (reason: string): Response =>
  new Response(null, { headers: { 'x-preview-failure': reason } })

/** The answer in the format of the preview's server. */
async function wrap(answer: Response): Promise<Response> {
  return new Response(await answer.arrayBuffer(), {
    headers: {
      'x-preview-status': String(answer.status),
      'x-preview-headers': encodeURIComponent(JSON.stringify([...answer.headers])),
    },
  })
}

function readHeaders(init: RequestInit): Headers {
  const encoded = new Headers(init.headers).get('x-preview-headers') ?? '%7B%7D'
  return new Headers(JSON.parse(decodeURIComponent(encoded)) as Record<string, string>)
}

/** Rejects when the signal aborts before the work is done. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | null | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    // An abort keeps its reason, as in fetch.
    const abort = (): void => reject(signal?.reason as Error)
    if (signal?.aborted === true) abort()
    signal?.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject)
  })
}

export function createPageHost(
  { bff, control, findAvatar }: Backend,
  tell: (text: string) => void,
): Host {
  async function sendToBff(address: string, init: RequestInit): Promise<Response> {
    const url = new URL(address)
    if (!isLoopback(url))
      return new Response(`${url.host} is not in the playground`, { status: 403 })
    if (url.origin !== DEV_ORIGIN) return noServer('ECONNREFUSED')
    const missing = ABSENT.find(([path]) => path.test(url.pathname))?.[1]
    if (missing !== undefined) tell(`${missing}：${NOT_HERE}`)
    const { method = 'GET', body = null } = init
    return wrap(await bff({ url: address, method, headers: readHeaders(init), body }))
  }

  function sendToWechat(path: string, { method = 'GET', body }: RequestInit): Response {
    const input = JSON.parse(typeof body === 'string' ? body : '{}') as object
    const answer = control(method, path.replace(/\?.*/, ''), input)
    return answer === null ? new Response(null, { status: 404 }) : Response.json(answer)
  }

  function answer(path: string, init: RequestInit): Promise<Response> {
    const [, route = '', rest = ''] = /^([^/]*)\/(.*)$/.exec(path) ?? []
    if (route === 'request') return sendToBff(rest, init)
    if (route === 'sandbox') return Promise.resolve(sendToWechat(rest, init))
    return Promise.resolve(new Response(NOT_HERE, { status: 404 }))
  }

  return {
    send: (path, init = {}) => unlessAborted(answer(path, init), init.signal),
    pictureUrl(path) {
      const name = /^image\/.*\/v1\/avatars\/([^/]+)$/.exec(path)?.[1]
      if (name === undefined) return path
      return `data:image/webp;base64,${findAvatar(name) ?? ''}`
    },
    openSocket() {
      throw new Error('there is no WebSocket in the playground')
    },
  }
}
