/**
 * A WeChat for many people: a code contains its person, so that any number of codes needs no
 * memory. It counts how often each was exchanged.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const SESSION_KEY = Buffer.alloc(16, 7).toString('base64')

export const APPS = ['wxcluster0000000a', 'wxcluster0000000b'] as const
export type App = (typeof APPS)[number]

let codes = 0

/** @param isKnown whether WeChat returns the unionid, as for two apps on one open platform. */
export const newCode = (person: string, isKnown = false): string =>
  `${person}_${isKnown ? 'u' : 'n'}_${(codes += 1)}`

function answerTo(appid: string, code: string): object {
  const [person = '', kind] = code.split('_')
  return {
    session_key: SESSION_KEY,
    openid: `o${appid.slice(-1)}-${person}`,
    ...(kind === 'u' && { unionid: `union-${person}` }),
  }
}

export interface CrowdWechat {
  url: string
  /** Codes that were exchanged more than once. */
  spentTwice(): string[]
  isSpent(code: string): boolean
  close(): void
}

export async function startCrowdWechat(): Promise<CrowdWechat> {
  const counts = new Map<string, number>()
  const server = createServer((req, res) => {
    const { searchParams } = new URL(req.url ?? '/', 'http://wechat.test')
    const code = searchParams.get('js_code') ?? ''
    counts.set(code, (counts.get(code) ?? 0) + 1)
    res.end(JSON.stringify(answerTo(searchParams.get('appid') ?? '', code)))
  })
  server.keepAliveTimeout = 60_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spentTwice: () => [...counts].filter(([, count]) => count > 1).map(([code]) => code),
    isSpent: (code) => counts.has(code),
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
