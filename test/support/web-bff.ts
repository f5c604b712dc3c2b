/** The BFF with its web feature, the sandbox's three apps, and browsers that keep cookies. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import express from 'express'
import jsQr from 'jsqr'
import sharp from 'sharp'
import {
  SANDBOX_MINI_PROGRAM,
  SANDBOX_OFFICIAL_ACCOUNT,
  SANDBOX_WEBSITE,
  sandboxSecret,
} from '../../scripts/lib/defaults'
import { createSandbox } from '../../scripts/sandbox/sandbox'
import { createBff } from '../../server/bff'
import { parseConfig } from '../../server/config'
import { createHttpServer } from '../../server/http/server'
import type { Hooks } from '../../server/sessions/hooks'
import { openStore } from '../../server/store/open-store'
import type { FeatureStorage } from '../../server/store/feature-storage'
import { webStorage } from '../../server/web/tables'
import type { WebTables } from '../../server/web/tables'
import { createWechat } from '../../server/wechat/wechat'
import type { ErrorBody, LoginAnswer } from '../../typings/api'
import { recordingLogger } from './recording-logger'
import { makeTempDir } from './temp-dir'

export const WEB_ORIGIN = 'http://127.0.0.1:9'
/**
 * On a busy machine the codes of 20 concurrent scans take many seconds, because both sides share
 * this process.
 */
const WECHAT_WITHIN_MS = 30_000

export const APPS = [
  { appid: SANDBOX_MINI_PROGRAM, type: 'miniprogram' },
  { appid: SANDBOX_OFFICIAL_ACCOUNT, type: 'official' },
  { appid: SANDBOX_WEBSITE, type: 'website' },
].map((app) => ({ ...app, secret: sandboxSecret(app.appid) }))

interface Answer<T = ErrorBody> {
  status: number
  headers: Headers
  location: string
  body: T
}

type Init = Omit<RequestInit, 'headers'> & { headers?: Record<string, string> }

/** A browser: stores the cookies of one host and follows no redirects. */
function createBrowser(url: string) {
  const cookies = new Map<string, string>()

  async function go<T = ErrorBody>(path: string, init: Init = {}): Promise<Answer<T>> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { ...(cookie !== '' && { cookie }), ...init.headers }
    const target = path.startsWith('http') ? path : url + path
    const response = await fetch(target, { redirect: 'manual', ...init, headers })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (line.includes('Max-Age=0')) cookies.delete(name)
      else cookies.set(name, value)
    }
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json') === true && text !== ''
    const body = (isJson ? JSON.parse(text) : text) as T
    const location = response.headers.get('location') ?? ''
    return { status: response.status, headers: response.headers, location, body }
  }

  /** The headers of a request from the service's own page. */
  function post<T = ErrorBody>(
    path: string,
    body: object = {},
    headers: Record<string, string> = {},
  ) {
    return go<T>(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin', ...headers },
      body: JSON.stringify(body),
    })
  }

  return { cookies, go, post }
}

export type Browser = ReturnType<typeof createBrowser>

export interface OpenedScan {
  id: string
  secret: string
  qr: string
  expiresAt: string
  intervalSeconds: number
}

/** Reads a code as a phone does. */
async function sceneOf(qr: string): Promise<string> {
  const png = Buffer.from(qr.split(',')[1] ?? '', 'base64')
  const { data, info } = await sharp(png).ensureAlpha().raw().toBuffer({ resolveWithObject: true })
  const read = jsQr(new Uint8ClampedArray(data), info.width, info.height)
  return new URL(read?.data ?? '', 'http://x').searchParams.get('scene') ?? ''
}

/** PUBLIC_URL must be known before the server listens. */
async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

interface WebBffOptions {
  apps?: { appid: string; type: string; secret: string }[]
  /** SQLite in a temporary folder by default. */
  databaseUrl?: string
  /** Where a host mounts the BFF, such as /auth; the root by default. */
  mountedAt?: string
  /** The public URL; by default the address on which it listens. */
  publicUrl?: string
  /** Additional settings. */
  variables?: NodeJS.ProcessEnv
  hooks?: Hooks
  countLogin?: (outcome: string) => void
}

export async function startWebBff(options: WebBffOptions = {}) {
  const { apps = APPS, databaseUrl, publicUrl, variables, hooks, countLogin } = options
  const { mountedAt = '' } = options
  const dir = makeTempDir()
  const sandbox = createSandbox()
  const { url: sandboxUrl } = await sandbox.listen(0)
  const clock = { offsetMs: 0 }
  const now = () => Date.now() + clock.offsetMs
  const storages = [webStorage] as FeatureStorage[]
  const { store, sqlClient } = await openStore(databaseUrl ?? `file:${join(dir.path, 'app.db')}`, {
    storages,
    warn: () => undefined,
  })
  const wechat = createWechat({ baseUrl: sandboxUrl, timeoutMs: WECHAT_WITHIN_MS, now })
  const port = await findFreePort()
  const url = `http://127.0.0.1:${port}`
  const config = parseConfig({
    WECHAT_APPS: JSON.stringify(apps),
    WECHAT_API_BASE: sandboxUrl,
    PUBLIC_URL: publicUrl ?? url,
    JWT_SECRETS: 't1:Xk3vN8qLw2ZrT7yB5mHc9PdFgJsAe4Uo',
    DATA_KEYS: `d1:${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`,
    ...variables,
  })
  const web = {
    config: {
      publicUrl: publicUrl ?? url,
      origins: [WEB_ORIGIN],
      verifyFiles: { 'MP_verify_a.txt': 'a' },
      openBase: sandboxUrl,
    },
    sqlClient: sqlClient<WebTables>(),
  }
  const logger = recordingLogger()
  const { app } = createBff({
    config,
    store,
    wechat,
    logger,
    now,
    elapsedMs: now,
    web,
    ...(hooks && { hooks }),
    ...(countLogin && { countLogin }),
  })
  const server = createHttpServer(mountedAt === '' ? app : express().use(mountedAt, app))
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')

  async function control<T>(path: string, body: object = {}): Promise<T> {
    const response = await fetch(`${sandboxUrl}/__sandbox/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return (await response.json()) as T
  }

  /** The mini-program on a person's phone: sends requests with its token. */
  async function phoneOf(user: string) {
    const { code } = await control<{ code: string }>('login-code', {
      appid: SANDBOX_MINI_PROGRAM,
      user,
    })
    const plain = createBrowser(url + mountedAt)
    const { status, body } = await plain.post<LoginAnswer>('/v1/login', {
      code,
      appid: SANDBOX_MINI_PROGRAM,
    })
    const headers = { authorization: `Bearer ${body.token}` }
    return {
      status,
      user: body.user,
      token: body.token,
      post: <T = ErrorBody>(path: string, data: object = {}) => plain.post<T>(path, data, headers),
      go: <T = ErrorBody>(path: string, init: Init = {}) =>
        plain.go<T>(path, { ...init, headers: { ...headers, ...init.headers } }),
    }
  }

  async function openScan(browser: Browser, to = '/') {
    const { body } = await browser.post<OpenedScan>('/v1/web/scans', { to })
    return { scan: body, scene: await sceneOf(body.qr) }
  }

  /** The person's decision on WeChat's page. @returns the URL to which the page redirects. */
  async function decide(authorizeUrl: string, user: string, decision = 'allow'): Promise<string> {
    const body = new URLSearchParams({ user, decision })
    const [address = ''] = authorizeUrl.split('#')
    const response = await fetch(address, { method: 'POST', body, redirect: 'manual' })
    return response.headers.get('location') ?? ''
  }

  return {
    url,
    sandboxUrl,
    clock,
    logger,
    store,
    sqlClient: web.sqlClient,
    control,
    phoneOf,
    decide,
    newBrowser: () => createBrowser(url + mountedAt),
    openScan,
    /** Another request ends the next session right after it was found. */
    endOnceFound() {
      const { findLiveSession } = store
      jest.spyOn(store, 'findLiveSession').mockImplementationOnce(async (...args) => {
        const live = await findLiveSession(...args)
        if (live !== null) await store.endSession(live.session, live.session.id, now())
        return live
      })
    },
    /** Signs in through WeChat's page of the official account. */
    async signIn(browser: Browser, user: string, query = 'scope=snsapi_userinfo&to=/') {
      const answer = await browser.go(`/v1/web/login?${query}`)
      return answer.status === 302 ? browser.go(await decide(answer.location, user)) : answer
    },
    async stop() {
      server.close()
      server.closeAllConnections()
      await store.close()
      await wechat.close()
      await sandbox.close()
      dir.remove()
    },
  }
}

/** Another server, for the length of a test. */
export async function withWebBff(
  options: WebBffOptions,
  work: (bff: WebBff) => Promise<void>,
): Promise<void> {
  const bff = await startWebBff(options)
  try {
    await work(bff)
  } finally {
    await bff.stop()
  }
}

export type WebBff = Awaited<ReturnType<typeof startWebBff>>
