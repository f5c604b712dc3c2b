/**
 * The routes of the preview's server: its page, the build of the mini-program, and the forwarded
 * requests. It serves only the preview's own page (own-page.ts), and only pictures from the
 * mini-program's folder.
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import express from 'express'
import type { ErrorRequestHandler, Express, RequestHandler, Response } from 'express'
import { readApiTable } from './build/api-table'
import { createContainerGateway, createFunctionGateway } from './cloud'
import { ownHostOnly, ownPageOnly, ownScriptsOnly } from './own-page'
import { createPage } from './page'
import { createFileHandler, sendPicture } from './pictures'
import type { PreviewState } from './preview-state'
import { findMock } from './mocks'
import { isAllowed, RefusedError } from './reach'
import { readOutgoing, relay, sendMock } from './relay'
import { isLoopback, parseTarget, redirectOrigin } from './targets'

const OWN_MINI_PROGRAM = join(__dirname, '../../miniprogram')
/** More than WeChat lets a mini-program upload. */
const MAX_BODY = '64mb'

const noStore: RequestHandler = (_request, response, next) => {
  response.set({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
  next()
}

const explainError: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (response.headersSent) next(error)
  else
    response
      .status(500)
      .type('text')
      .send(error instanceof Error ? error.stack : String(error))
}

/** The first event of a stream is the present build: there may be another one since the page was loaded. */
function openEvents({ builds, listeners, liveReload }: PreviewState): RequestHandler {
  return (_request, response) => {
    void builds.refresh()
    const first = liveReload ? `event: build\ndata: ${builds.id}` : ': connected'
    response.type('text/event-stream').write(`${first}\n\n`)
    listeners.add(response)
    response.on('close', () => listeners.delete(response))
  }
}

/** The appid alone names the storage of our own mini-program; others are shown at the same address. */
function nameStorage({ appid, folders }: PreviewState): string {
  if (folders.dir === OWN_MINI_PROGRAM) return appid
  return `${appid}@${createHash('sha256').update(folders.root).digest('hex').slice(0, 8)}`
}

function sendApp(state: PreviewState): RequestHandler {
  const { builds, appid, sandboxUrl, allow } = state
  const storageName = nameStorage(state)
  return async (_request, response) => {
    const refreshed = builds.refresh()
    // Taken before the wait, within which another build may begin.
    const { id: build } = builds
    const { script, css, problems } = await refreshed
    const hasSandbox = sandboxUrl !== undefined
    const canRun = script !== ''
    const app = { appid, storageName, hasSandbox, build, css, problems, canRun, allow }
    response.json({ ...app, apis: readApiTable() })
  }
}

function carryToSandbox({ sandboxUrl }: PreviewState): RequestHandler {
  return async (request, response) => {
    if (sandboxUrl === undefined) response.status(400).type('text').send('no sandbox\n')
    else
      await relay(new URL(`/__sandbox${request.url}`, sandboxUrl), readOutgoing(request), response)
  }
}

/** Runs `act` on the target in the path, if the mini-program may reach it. */
function withTarget(
  { devOrigin, bffUrl, allow }: PreviewState,
  act: (target: URL, ...parameters: Parameters<RequestHandler>) => Promise<void>,
): RequestHandler {
  return async (...parameters) => {
    const [request, response] = parameters
    const target = parseTarget(request.url)
    if (target === null) response.status(400).type('text').send('no target\n')
    else if (!isAllowed(target, allow)) refuse(target, response)
    else await act(redirectOrigin(target, devOrigin, bffUrl), ...parameters)
  }
}

/** Requests with an answer in `--mock` are not forwarded. */
function answerByMock({ mocks }: PreviewState): RequestHandler {
  return async (request, response, next) => {
    const target = parseTarget(request.url)
    const answer = target === null ? null : findMock(mocks, request.method, target)
    if (answer === null) next()
    else await sendMock(answer, response)
  }
}

function refuse(target: URL, response: Response): void {
  response.status(403).type('text').send(new RefusedError(target).message)
}

/** Answers `/http://127.0.0.1:3000/` with the URL at which that page can be framed. */
function openWebPage({ webPages, bffUrl, devOrigin }: PreviewState): RequestHandler {
  return async (request, response) => {
    const target = parseTarget(request.url) ?? new URL('/', bffUrl ?? devOrigin)
    if (isLoopback(target)) response.json({ url: await webPages.open(target) })
    else response.status(403).type('text').send('loopback pages only\n')
  }
}

/** Builds the Express app of one preview. */
export function createRoutes(state: PreviewState): Express {
  const app = express().disable('x-powered-by').disable('etag')
  const body = express.raw({ type: () => true, limit: MAX_BODY })
  app.use(ownHostOnly, noStore)
  app.get('/', (_request, response) => {
    response.type('html').send(createPage())
  })
  app.get('/__preview/client.js', async (_request, response) => {
    response.type('js').send((await state.client).script)
  })
  app.get('/__preview/client.css', async (_request, response) => {
    response.type('css').send((await state.client).css)
  })
  app.get('/__preview/app.js', async (_request, response) => {
    response.type('js').send((await state.builds.current()).script)
  })
  app.get('/__preview/app.json', sendApp(state))
  app.get('/__preview/events', openEvents(state))
  app.use('/__preview/files', createFileHandler(state.folders))
  app.use(
    '/__preview/image',
    ownPageOnly,
    withTarget(state, async (target, _request, response) => {
      await sendPicture(target, response)
    }),
  )
  app.use('/__preview/sandbox', ownScriptsOnly, body, carryToSandbox(state))
  app.use(
    '/__preview/request',
    ownScriptsOnly,
    body,
    answerByMock(state),
    withTarget(state, async (target, request, response) => {
      await relay(target, readOutgoing(request), response, state.allow)
    }),
  )
  app.use('/__preview/container/:user', ownScriptsOnly, body, createContainerGateway(state))
  app.use('/__preview/function/:user', ownScriptsOnly, body, createFunctionGateway(state))
  app.use('/__preview/web-view', ownScriptsOnly, openWebPage(state))
  app.use(explainError)
  return app
}
