/**
 * The browser preview: serves a page that runs the real, unchanged mini-program on glass-easel, and
 * forwards its requests to loopback. Guarantees: binds 127.0.0.1 only and writes nothing to disk.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { AppBuilds } from './app-builds'
import { bundleClient } from './build/bundle'
import { findFolders } from './build/folders'
import type { Mocks } from './mocks'
import type { PreviewState } from './preview-state'
import { createRoutes } from './routes'
import { createUpgradeHandler } from './sockets'
import { DEV_ORIGIN, redirectOrigin } from './targets'
import { watchFolder } from './watch'
import { WebPages } from './web-pages'

export interface PreviewOptions {
  /** Folder with app.json or project.config.json, absolute or relative to the working directory. */
  dir: string
  /** The AppID for `wx.getAccountInfoSync` and for login codes. */
  appid: string
  /**
   * The WeChat sandbox, e.g. `http://127.0.0.1:7800`. Without it `wx.login` fails with the reason.
   */
  sandboxUrl?: string | undefined
  /** The real target of requests to `devOrigin`. Default: `devOrigin` itself. */
  bffUrl?: string | undefined
  /** The origin in the mini-program's settings. Default `http://127.0.0.1:3000`. */
  devOrigin?: string | undefined
  /** The cloud functions: a loopback URL that accepts `POST {name, data, context}`. */
  functionUrl?: string | undefined
  /** Answers for requests of the mini-program, see mocks.ts. Default: none. */
  mocks?: Mocks
  /** Additional hosts (`api.example.com`, `api.example.com:8443`) that requests may reach. */
  allow?: readonly string[]
  /** Include source maps; the script is half as long without. Default true. */
  hasSourceMaps?: boolean
  /** Reload the page when a file changes. Default true. */
  liveReload?: boolean
}

export interface Preview {
  /**
   * Listens on 127.0.0.1; `port` 0 or none picks a free one. Rejects with EADDRINUSE when taken.
   */
  listen(port?: number): Promise<{ url: string; port: number }>
  /** Stops watching and listening; open connections are cut. */
  close(): Promise<void>
}

/** Sends an event to every open page. */
function tell(listeners: PreviewState['listeners'], event: string, data: string): void {
  for (const listener of listeners) listener.write(`event: ${event}\ndata: ${data}\n\n`)
}

function createState(options: PreviewOptions): PreviewState {
  const client = bundleClient()
  // The request for the build reports the failure; this handler only keeps Node from exiting
  // earlier.
  client.catch(() => undefined)
  const folders = findFolders(options.dir)
  const { appid, sandboxUrl, bffUrl, functionUrl, devOrigin = DEV_ORIGIN } = options
  const urls = { sandboxUrl, bffUrl, functionUrl, devOrigin }
  const { mocks = {}, allow = [], liveReload = true } = options
  const listeners: PreviewState['listeners'] = new Set()
  const bffOrigin = new URL(bffUrl ?? devOrigin).origin
  const webPages = new WebPages({
    bridge: bundleClient('web-bridge').then(({ script }) => script),
    redirect: (target) => redirectOrigin(target, devOrigin, bffUrl),
    onCall: (call) => {
      if (call.origin === bffOrigin) tell(listeners, 'web-call', JSON.stringify(call))
    },
  })
  const builds = new AppBuilds(folders, options.hasSourceMaps !== false)
  const content = { client, builds, webPages, listeners, liveReload }
  return { folders, appid, ...urls, mocks, allow, ...content }
}

function tellBuild({ builds, listeners }: PreviewState): void {
  // Begins before the pages ask.
  void builds.refresh()
  tell(listeners, 'build', builds.id)
}

/** Prepares a preview of the mini-program in `options.dir`; nothing is served before `listen`. */
export function createPreview(options: PreviewOptions): Preview {
  const state = createState(options)
  const server = createServer(createRoutes(state))
  const sockets = new Set<Duplex>()
  server.on('upgrade', createUpgradeHandler(state, sockets))
  let stopWatching = (): Promise<void> => Promise.resolve()
  return {
    async listen(wanted = 0) {
      await new Promise<void>((done, fail) => {
        server.once('error', fail)
        server.listen(wanted, '127.0.0.1', done)
      })
      if (state.liveReload) {
        stopWatching = await watchFolder(state.folders.dir, () => tellBuild(state))
      }
      const { port } = server.address() as AddressInfo
      return { url: `http://127.0.0.1:${port}`, port }
    },
    async close() {
      await stopWatching()
      await state.webPages.close()
      server.closeAllConnections()
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((done) => server.close(() => done()))
    },
  }
}
