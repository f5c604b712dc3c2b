/** Small servers for the preview's tests: an echoing BFF, and a WeChat with fixed answers. */
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as it arrived. */
interface Received {
  method: string
  url: string
  headers: IncomingMessage['headers']
  body: string
}

export interface TestServer {
  url: string
  received: Received[]
  close(): Promise<void>
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('latin1')
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

type Answer = (received: Received, response: Parameters<RequestListener>[1]) => void

/** Starts a server on a free port that records the requests. */
export async function startServer(answer: Answer): Promise<TestServer> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const { method = '', url = '', headers } = request
      const one = { method, url, headers, body }
      received.push(one)
      answer(one, response)
    })
  })
  const url = await listen(server)
  return {
    url,
    received,
    async close() {
      server.closeAllConnections()
      await new Promise<void>((done) => server.close(() => done()))
    },
  }
}

/** Bodies are stored as bytes because of pictures; this reads one as text. */
const decode = (body: string): string => Buffer.from(body, 'latin1').toString('utf8')

/** Answers 201 with the request, and an additional header. */
export const echo: Answer = ({ method, url, headers, body }, response) => {
  const auth = headers.authorization
  const answer = { method, url, auth, own: headers['x-own'], body: decode(body) }
  response.writeHead(201, { 'content-type': 'application/json', 'X-Answer': 'yes' })
  response.end(JSON.stringify(answer))
}

/** The active faults in the fake WeChat's answer. */
export const wechatFaults: object[] = []

/** The BFF's calls in the fake WeChat's answer. */
export const wechatCalls: { path: string; appid: string; at: string; outcome: string }[] = []

/** The sandbox's control endpoints with fixed answers. */
export const wechat: Answer = ({ method, url, body }, response) => {
  const { user = '', data } = JSON.parse(decode(body) || '{}') as { user?: string; data?: object }
  const rawData = JSON.stringify({ nickName: user, avatarUrl: '', ...data })
  const path = url.replace('/__sandbox', '').replace(/\?.*/, '')
  if (path === '/faults' && method === 'POST') wechatFaults.push(JSON.parse(decode(body)) as object)
  if (path === '/faults' && method === 'DELETE') wechatFaults.splice(0)
  const answers: Record<string, object> = {
    'POST /login-code': { code: `code-of-${user}` },
    'POST /phone-code': { code: `phone-of-${user}` },
    'POST /check-session': { valid: true },
    'POST /open-data': { rawData, signature: 's', encryptedData: 'e', iv: 'i' },
    'GET /calls': { calls: wechatCalls },
    'GET /faults': { faults: wechatFaults, paths: ['/sns/jscode2session', '/wxa/getpaidunionid'] },
    'POST /faults': { faults: wechatFaults },
    'DELETE /faults': { faults: wechatFaults },
    'POST /reset': {},
    'POST /users/alice/expire-session': {},
  }
  const answer = answers[`${method} ${path}`]
  response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(answer ?? {}))
}
