/** The playground's backend in this process: the page's own bundle, in a realm without Node. */
import { createContext, runInContext } from 'node:vm'
import sharp from 'sharp'
import type { Backend, BackendOptions } from '../../../../scripts/playground/backend'
import { bundleBackend } from '../../../../scripts/playground/bundle'
import { createClient } from '../../../support/bff'
import type { ContractHost } from '../../../support/contract/host'

const ORIGIN = 'http://127.0.0.1:3000'

/** Globals that browsers have too. */
const inPages = {
  atob,
  Blob,
  btoa,
  console,
  crypto,
  FormData,
  Headers,
  Response,
  setTimeout,
  TextDecoder,
  TextEncoder,
  URL,
}

type Create = (options: BackendOptions) => Backend

let bundled: Promise<Create> | null = null

/** Throws at once when the bundle uses a global that a page lacks. */
async function loadBackend(): Promise<Create> {
  const context = createContext({ ...inPages })
  Object.assign(context, { self: context })
  runInContext(await bundleBackend(), context)
  return (context as { backend: { createBackend: Create } }).backend.createBackend
}

const drawAvatar = async (picture: Blob): Promise<Blob> => {
  const bytes = Buffer.from(await picture.arrayBuffer())
  const drawn = await sharp(bytes, { failOn: 'error' }).resize(256, 256).webp().toBuffer()
  return new Blob([Uint8Array.from(drawn)])
}

/** The page's `localStorage`. */
export function createMemoryStorage() {
  const values = new Map<string, string>()
  return {
    values,
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
    removeItem: (key: string) => void values.delete(key),
  }
}

/** @param storage an empty one by default. */
export async function startPlayground(storage = createMemoryStorage()): Promise<ContractHost> {
  bundled ??= loadBackend()
  const clock = { offsetMs: 0 }
  const now = () => Date.now() + clock.offsetMs
  const { bff, control } = (await bundled)({ storage, drawAvatar, now, wechatLatencyMs: 0 })

  const fetchPath = (path: string, { method = 'GET', headers, body = null }: RequestInit) =>
    bff({ url: ORIGIN + path, method, headers: new Headers(headers), body })

  const act = <T>(path: string, input: object = {}): Promise<T> =>
    Promise.resolve(control('POST', path, input) as T)

  return {
    ...createClient(fetchPath, act),
    control: act,
    callsTo(path) {
      const { calls } = control('GET', 'calls', {}) as { calls: { path: string }[] }
      return Promise.resolve(calls.filter((call) => call.path === path).length)
    },
    clock,
    stop: () => Promise.resolve(),
  }
}
