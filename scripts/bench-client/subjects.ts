/**
 * What is measured: auth/ as it is, bare `wx.request`, and two request libraries. Those know nothing of
 * a login, so each is used in the way that their users write: the token from storage, and on a 401 one
 * `wx.login`, one POST /v1/login and the request once more.
 */
import { bundleSource, compile, type Bundle } from './bundle'
import type { World } from './fake'

const BASE_URL = 'https://api.test'

export interface Client {
  request(path: string): Promise<unknown>
  /** Resolves once there is a session. */
  ready(): Promise<unknown>
}

interface Outgoing {
  path: string
  method: 'GET' | 'POST'
  header: Record<string, string>
  data?: object
}

interface Answer {
  status: number
  data: unknown
}

type Send = (outgoing: Outgoing) => Promise<Answer>

export interface Subject {
  name: string
  /** What of it is bundled, weighed and run; it sees `wx` as a global. */
  source: string
  connect(module: never, world: World): Client
}

interface Login {
  login(options: { success(answer: { code: string }): void; fail(error: unknown): void }): void
}

const TOKEN_KEY = 'token'

/** The interceptor of a thousand tutorials. */
function withLogin(send: Send, { wx }: World): Client {
  const attempt = (path: string): Promise<Answer> => {
    const token = (wx.storage.get(TOKEN_KEY) ?? '') as string
    return send({ path, method: 'GET', header: { Authorization: `Bearer ${token}` } })
  }
  const login = async (): Promise<void> => {
    const { code } = await new Promise<{ code: string }>((success, fail) => {
      ;(wx.api as unknown as Login).login({ success, fail })
    })
    const { data } = await send({ path: '/v1/login', method: 'POST', header: {}, data: { code } })
    wx.storage.set(TOKEN_KEY, (data as { token: string }).token)
  }
  return {
    async request(path) {
      const first = await attempt(path)
      if (first.status !== 401) return first.data
      await login()
      const { status, data } = await attempt(path)
      if (status !== 200) throw new Error(`still ${status}`)
      return data
    },
    ready: () => (wx.storage.has(TOKEN_KEY) ? Promise.resolve() : login()),
  }
}

interface Auth {
  createAuth: (options: { baseUrl: string }) => {
    request(options: { path: string }): Promise<unknown>
    ready(): Promise<unknown>
  }
}

interface WxAnswer {
  statusCode: number
  data: unknown
}

const auth: Subject = {
  name: 'auth/',
  source: "export * from '../../miniprogram/auth/index'",
  connect({ createAuth }: Auth) {
    const made = createAuth({ baseUrl: BASE_URL })
    return { request: (path) => made.request({ path }), ready: () => made.ready() }
  },
}

const bare: Subject = {
  name: 'wx.request',
  source: 'export const nothing = null',
  connect(_module: never, world) {
    const { request } = world.wx.api as unknown as { request: (options: object) => void }
    const send: Send = ({ path, ...rest }) =>
      new Promise((resolve, reject) => {
        const success = ({ statusCode: status, data }: WxAnswer): void => resolve({ status, data })
        request({ url: BASE_URL + path, ...rest, success, fail: reject })
      })
    return withLogin(send, world)
  },
}

interface AxiosLike {
  default: { create(config: object): { request(config: object): Promise<Answer> } }
}

const axiosMiniprogram: Subject = {
  name: 'axios-miniprogram',
  source: "export { default } from 'axios-miniprogram'",
  connect({ default: axios }: AxiosLike, world) {
    const instance = axios.create({ baseURL: BASE_URL, validateStatus: () => true })
    const send: Send = ({ path, method, header, data }) =>
      instance.request({ url: path, method, headers: header, data })
    return withLogin(send, world)
  },
}

interface RequestLike {
  REQUEST: { Defaults: { baseURL?: string }; request(options: object): Promise<WxAnswer> }
}

const miniprogramRequest: Subject = {
  name: 'miniprogram-request',
  source: "export { REQUEST } from 'miniprogram-request'",
  connect({ REQUEST: client }: RequestLike, world) {
    client.Defaults.baseURL = BASE_URL
    const send: Send = async ({ path, method, header, data }) => {
      const options = { url: path, method, headers: header, data }
      const { statusCode: status, data: body } = await client.request(options)
      return { status, data: body }
    }
    return withLogin(send, world)
  },
}

/** Ours first, then the floor. */
export const ownSubjects: readonly Subject[] = [auth, bare]
/** What has to be installed first. */
export const peerSubjects: readonly Subject[] = [axiosMiniprogram, miniprogramRequest]

/** A subject with its bundle. */
export interface Candidate extends Subject {
  bundle: Bundle
  /** Runs its code anew in this world, as a start of the mini-program does. */
  start(world: World): Client
}

export async function prepare(subject: Subject): Promise<Candidate> {
  const bundle = await bundleSource(subject.source)
  const load = compile(bundle.code)
  return {
    ...subject,
    bundle,
    start: (world) => subject.connect(load(world.wx.api) as never, world),
  }
}
