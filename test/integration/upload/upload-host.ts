/**
 * WeChat's upload host on loopback, behind a proxy: miniprogram-ci knows one host only, and reaches it
 * through https_proxy. The certificate is made for the test and trusted by NODE_EXTRA_CA_CERTS.
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

interface Seen {
  path: string
  query: URLSearchParams
  body: Buffer
}

export interface UploadHost {
  /** What the tools need in their environment to come here. */
  env: NodeJS.ProcessEnv
  seen: Seen[]
  /** By path; what is not here is answered with errCode 0 and nothing. */
  answers: Record<string, object>
  close(): Promise<void>
}

function makeCertificate(dir: string): { key: string; cert: string; file: string } {
  const [keyFile, file] = [join(dir, 'host.key'), join(dir, 'host.crt')]
  const { status, stderr } = spawnSync(
    'openssl',
    // prettier-ignore
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${HOST}`,
      '-addext', `subjectAltName=DNS:${HOST}`, '-keyout', keyFile, '-out', file],
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

/** @param dir gets the certificate. */
export async function startUploadHost(dir: string): Promise<UploadHost> {
  const { key, cert, file } = makeCertificate(dir)
  const seen: Seen[] = []
  const answers: Record<string, object> = {}
  const host = createServer({ key, cert }, (request, response) => {
    void readBody(request).then((body) => {
      const { pathname, searchParams } = new URL(request.url ?? '/', `https://${HOST}`)
      seen.push({ path: pathname, query: searchParams, body })
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(answers[pathname] ?? { errCode: 0 }))
    })
  })
  const proxy = createProxy((_request, response) => response.writeHead(405).end())
  proxy.on('connect', (request: IncomingMessage, socket: Socket) => {
    if (request.url !== `${HOST}:443`) {
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
