/**
 * WeChat's upload host and the host for the code of a 云函数, both on loopback behind a proxy:
 * miniprogram-ci reaches them through https_proxy. The certificate is created for the test and
 * trusted by NODE_EXTRA_CA_CERTS.
 */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer as createProxy } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'

const HOST = 'servicewechat.com'
/** https://cloud.tencent.com/document/api/583/18581 */
const FUNCTION_HOST = 'scf.tencentcloudapi.com'

interface Seen {
  host: string
  path: string
  query: URLSearchParams
  body: Buffer
}

type Answer = Record<string, unknown> | ((seen: Seen) => Record<string, unknown>)

export interface UploadHost {
  /** The environment that makes the tools connect here. */
  env: NodeJS.ProcessEnv
  seen: Seen[]
  /**
   * By path, for the functions' host by its name; other paths are answered with errCode 0 and no
   * data.
   */
  answers: Record<string, Answer>
  close(): Promise<void>
}

function makeCertificate(dir: string): { key: string; cert: string; file: string } {
  const [keyFile, file] = [join(dir, 'host.key'), join(dir, 'host.crt')]
  const { status, stderr } = spawnSync(
    'openssl',
    // prettier-ignore
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${HOST}`,
      '-addext', `subjectAltName=DNS:${HOST},DNS:${FUNCTION_HOST}`, '-keyout', keyFile, '-out', file],
    { encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(`openssl made no certificate: ${stderr}`)
  return { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(file, 'utf8'), file }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** @param dir receives the certificate. */
export async function startUploadHost(dir: string): Promise<UploadHost> {
  const { key, cert, file } = makeCertificate(dir)
  const seen: Seen[] = []
  const answers: UploadHost['answers'] = {}
  const host = createServer({ key, cert }, (request, response) => {
    void readBody(request).then((body) => {
      const { pathname, searchParams } = new URL(request.url ?? '/', `https://${HOST}`)
      const name = request.headers.host ?? HOST
      const asked = { host: name, path: pathname, query: searchParams, body }
      seen.push(asked)
      const answer = answers[name === HOST ? pathname : name] ?? { errCode: 0 }
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(typeof answer === 'function' ? answer(asked) : answer))
    })
  })
  const proxy = createProxy((_request, response) => response.writeHead(405).end())
  proxy.on('connect', (request: IncomingMessage, socket: Socket) => {
    if (![HOST, FUNCTION_HOST].some((name) => request.url === `${name}:443`)) {
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
      return
    }
    socket.on('error', () => socket.destroy())
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
    host.emit('connection', socket)
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  return {
    env: { https_proxy: url, NODE_EXTRA_CA_CERTS: file },
    seen,
    answers,
    async close() {
      proxy.closeAllConnections()
      await new Promise((resolve) => proxy.close(resolve))
    },
  }
}
