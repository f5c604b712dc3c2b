/**
 * WeChat's cloud on this computer: the gateway of cloud hosting, which tells the service who the
 * caller is, and cloud functions in a process of the developer. Identity comes from the sandbox,
 * never from the mini-program: forged identity headers are removed.
 * https://developers.weixin.qq.com/miniprogram/dev/wxcloudrun/src/development/call/mini.html
 */
import type { RequestHandler } from 'express'
import type { PreviewState } from './preview-state'
import { readOutgoing, relay } from './relay'
import { isLoopback, parseTarget, urlOn } from './targets'

const FUNCTION_TIMEOUT_MS = 60_000
/** Selects a service of the environment, and says nothing about the caller. */
const SERVICE_HEADER = 'x-wx-service'

interface Identity {
  openid: string
  unionid: string | null
}

interface People {
  people: {
    user: string
    unionid: string | null
    accounts: { appid: string; openid: string }[]
  }[]
}

/** The identity of `user` in the sandbox. Rejects when no sandbox answers. */
async function identify({ sandboxUrl, appid }: PreviewState, user: string): Promise<Identity> {
  if (sandboxUrl === undefined) throw new Error('no sandbox is configured: npm run sandbox')
  const headers = { 'content-type': 'application/json' }
  // Creates the person in the sandbox on the first call.
  const body = JSON.stringify({ appid, user })
  await fetch(`${sandboxUrl}/__sandbox/check-session`, { method: 'POST', headers, body })
  const query = new URLSearchParams({ user }).toString()
  const answer = await fetch(`${sandboxUrl}/__sandbox/people?${query}`)
  const { people } = (await answer.json()) as People
  const person = people.find((one) => one.user === user)
  const account = person?.accounts.find((one) => one.appid === appid)
  if (account === undefined) throw new Error(`the sandbox does not know ${user} in ${appid}`)
  return { openid: account.openid, unionid: person?.unionid ?? null }
}

function withoutIdentity(headers: Record<string, string>): Record<string, string> {
  const isForged = (name: string): boolean => /^x-wx-/i.test(name) && !isService(name)
  const isService = (name: string): boolean => name.toLowerCase() === SERVICE_HEADER
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !isForged(name)))
}

/** Answers `/<user>/https://container/<path>` with the BFF's answer to this person. */
export function createContainerGateway(state: PreviewState): RequestHandler<{ user: string }> {
  const service = state.bffUrl ?? state.devOrigin
  return async (request, response) => {
    const asked = parseTarget(request.url)
    const target = asked && urlOn(service, asked.pathname + asked.search)
    if (target === null || !isLoopback(target)) {
      response.status(403).type('text').send('loopback services only\n')
      return
    }
    const { openid, unionid } = await identify(state, request.params.user)
    const outgoing = readOutgoing(request)
    const headers = {
      ...withoutIdentity(outgoing.headers),
      'X-WX-OPENID': openid,
      'X-WX-APPID': state.appid,
      'X-WX-SOURCE': 'wx_client',
      ...(unionid === null ? {} : { 'X-WX-UNIONID': unionid }),
    }
    await relay(target, { ...outgoing, headers }, response)
  }
}

/**
 * Answers `/<user>` by calling the function's process: sends `POST` with `{name, data, context}`,
 * where `context` is the result of getWXContext(), and expects the function's result as JSON.
 */
export function createFunctionGateway(state: PreviewState): RequestHandler<{ user: string }> {
  const { functionUrl, appid } = state
  return async (request, response) => {
    if (functionUrl === undefined || !isLoopback(new URL(functionUrl))) {
      const reason = 'no local cloud function is configured: set CLOUD_FUNCTION_URL'
      response.status(501).type('text').send(reason)
      return
    }
    const { openid, unionid } = await identify(state, request.params.user)
    const context = { OPENID: openid, APPID: appid, UNIONID: unionid ?? '', SOURCE: 'wx_client' }
    const call = JSON.parse(String(request.body)) as { name: string; data: unknown }
    const answer = await fetch(functionUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...call, context }),
      signal: AbortSignal.timeout(FUNCTION_TIMEOUT_MS),
    })
    response
      .status(answer.status)
      .type('json')
      .send(await answer.text())
  }
}
