/** Targets that are not valid URLs, and client addresses behind proxies. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express from 'express'
import type { Request } from 'express'
import { addressBlock, createClientAddress } from '../../../../server/http/client-address'
import { startTestBff } from '../../../support/bff'
import type { TestBff } from '../../../support/bff'
import { sendRaw } from '../../../support/raw-http'

describe('the target of a request', () => {
  let bff: TestBff
  beforeAll(async () => {
    bff = await startTestBff()
  })
  afterAll(() => bff.stop())

  it.each([
    'http://[::1/v1/me',
    'http://a:99999/v1/me',
    '/v1/sessions/%ff',
    '/v1/me%',
    '/v1/avatars/%E4%ZZ',
  ])('answers JSON 400 for the target %s, without a warning', async (target) => {
    const warnings: string[] = []
    const warn = (warning: Error) => warnings.push(warning.message)
    process.on('warning', warn)
    const { statuses, text } = await sendRaw(
      bff.url,
      `DELETE ${target} HTTP/1.1\r\nHost: a\r\n\r\n`,
    )
    expect([statuses, text]).toEqual([[400], expect.stringContaining('"code":"INVALID_REQUEST"')])
    expect(text).not.toContain('<html')
    process.off('warning', warn)
    expect(warnings).toEqual([])
  })

  it('reads an absolute target by its path', async () => {
    const { statuses } = await sendRaw(
      bff.url,
      'GET http://a/healthz?x=1 HTTP/1.1\r\nHost: a\r\n\r\n',
    )
    expect(statuses).toEqual([200])
  })
})

describe('the client address', () => {
  const LOOPBACK = '127.0.0.1'

  /** The client address that a server with this setting sees for these headers. */
  async function addressOf(
    trustProxy: number | string[],
    headers: Record<string, string> = {},
  ): Promise<string> {
    const app = express()
    app.set('trust proxy', trustProxy)
    const clientAddress = createClientAddress(trustProxy)
    app.get('/', (req, res) => void res.send(clientAddress(req)))
    const server = app.listen(0, LOOPBACK)
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const answer = await fetch(`http://${LOOPBACK}:${port}`, { headers })
    const text = await answer.text()
    server.close()
    return text
  }
  const behind = (trustProxy: number | string[], forwarded: string) =>
    addressOf(trustProxy, { 'x-forwarded-for': forwarded })

  it('is that of the socket, whatever a client claims, without a proxy', async () => {
    expect(await behind(0, '2.2.2.2')).toBe(LOOPBACK)
    expect(await addressOf(0)).toBe(LOOPBACK)
    const mapped = { ip: '::ffff:1.1.1.1', ips: [], socket: {} } as unknown as Request
    expect(createClientAddress(0)(mapped)).toBe('1.1.1.1')
  })

  it('is the n-th entry from the right behind n proxies', async () => {
    const header = '6.6.6.6, 5.5.5.5, 4.4.4.4'
    expect(await behind(1, header)).toBe('4.4.4.4')
    expect(await behind(2, header)).toBe('5.5.5.5')
    expect(await behind(9, header)).toBe(LOOPBACK)
    expect(await behind(1, 'not an address')).toBe(LOOPBACK)
    expect(await addressOf(1, { forwarded: 'for=7.7.7.7', 'x-real-ip': '7.7.7.7' })).toBe(LOOPBACK)
  })

  it('is read in each format that proxies write', async () => {
    expect(await behind(1, '1.2.3.4:5678')).toBe('1.2.3.4')
    expect(await behind(1, '[2001:db8::1]:5678')).toBe('2001:db8::1')
    expect(await behind(1, '::ffff:102:304')).toBe('1.2.3.4')
    expect(await behind(1, '::ffff:1.2.3.4')).toBe('1.2.3.4')
  })

  it('is the first one outside the configured blocks of proxies', async () => {
    expect(await behind([LOOPBACK, '10.0.0.0/8'], '8.8.8.8, 7.7.7.7, 10.2.3.4')).toBe('7.7.7.7')
    expect(await behind(['10.0.0.0/8'], '7.7.7.7')).toBe(LOOPBACK)
    expect(await behind([LOOPBACK], '7.7.7.7, garbage')).toBe(LOOPBACK)
  })

  it('counts IPv6 by /56', () => {
    expect(addressBlock('2001:db8:1:2200::1')).toBe(addressBlock('2001:db8:1:22ff:9::2'))
    expect(addressBlock('2001:db8:1:2200::1')).not.toBe(addressBlock('2001:db8:1:2300::1'))
    expect(addressBlock('1.2.3.4')).toBe('1.2.3.4')
  })
})
