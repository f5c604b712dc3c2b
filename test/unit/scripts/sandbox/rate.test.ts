/**
 * The sandbox must be fast, because other programs are measured against it: one login (login-code
 * and jscode2session) may cost at most a few times as much as two requests to a bare server. Both
 * are measured in turns in CPU time, which does not depend on the load of the machine. On an idle
 * one this is some 8,000 logins per second.
 */
import { once } from 'node:events'
import { Agent, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { MINI, secretOf, startClient } from './client'

/** 1.1 on an idle machine; reading or writing a file per login would be far above. */
const AT_MOST = 4
const ROUNDS = 3
const LOGINS_A_ROUND = 500
const AT_ONCE = 32

const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE })

function ask(url: string, method: string, body?: string): Promise<Record<string, string>> {
  return new Promise((resolve, reject) => {
    request(url, { agent, method }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (text += chunk))
      response.on('end', () => resolve(JSON.parse(text) as Record<string, string>))
    })
      .on('error', reject)
      .end(body)
  })
}

async function logIn(base: string, user: string): Promise<void> {
  const input = JSON.stringify({ appid: MINI, user })
  const { code } = await ask(`${base}/__sandbox/login-code`, 'POST', input)
  const query = `appid=${MINI}&secret=${secretOf(MINI)}&js_code=${code!}`
  const url = `${base}/sns/jscode2session?${query}&grant_type=authorization_code`
  if (!('openid' in (await ask(url, 'GET')))) throw new Error('a login failed')
}

/** As long as the sandbox's answers, and nothing else. */
async function startBare() {
  const answer = JSON.stringify({ code: 'c'.repeat(32), openid: 'o'.repeat(28) })
  const server = createServer((req, res) => {
    req.resume().on('end', () => res.setHeader('Content-Type', 'application/json').end(answer))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

/** Microseconds of CPU time. */
async function costOfRound(base: string, round: number): Promise<number> {
  const before = process.cpuUsage()
  let next = 0
  const work = async (): Promise<void> => {
    while (next < LOGINS_A_ROUND) await logIn(base, `person-${round}-${next++}`)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  const { user, system } = process.cpuUsage(before)
  return user + system
}

test('a login costs little more than its two requests', async () => {
  const wechat = await startClient()
  const bare = await startBare()
  let best = Infinity
  for (let round = 0; round < ROUNDS; round += 1) {
    const floor = await costOfRound(bare.url, round)
    best = Math.min(best, (await costOfRound(wechat.url, round)) / floor)
  }
  agent.destroy()
  bare.server.close()
  await wechat.stop()
  expect(best).toBeLessThan(AT_MOST)
}, 180_000)
