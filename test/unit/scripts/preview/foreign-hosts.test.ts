/** Requests to other servers: mocked from a file, allowed by name, or refused with a message. */
import dns from 'node:dns'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { findMock, readMocks, type Mocks } from '../../../../scripts/preview/mocks'
import { createPreview, type Preview } from '../../../../scripts/preview/preview'
import { isAllowed } from '../../../../scripts/preview/reach'
import { writeProgram } from '../../../support/written-program'

describe('the file of --mock', () => {
  let dir: string

  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'preview-mocks-'))
  })
  afterAll(() => rmSync(dir, { recursive: true }))

  const read = (content: string): Mocks => {
    const file = join(dir, 'mocks.json')
    writeFileSync(file, content)
    return readMocks(file)
  }

  test('defaults to status 200, no delay and no header', () => {
    expect(read('{"a.com": {"/x": {"body": [1]}}}')).toEqual({
      'a.com': { '/x': { status: 200, delay: 0, header: {}, body: [1] } },
    })
  })

  test('an answer without a body is an empty one', () => {
    const mocks = read('{"a.com": {"/x": {"status": 204}, "/y": {}}}')
    expect(mocks['a.com']).toEqual({
      '/x': { status: 204, delay: 0, header: {} },
      '/y': { status: 200, delay: 0, header: {} },
    })
  })

  test.each([
    ['a host with capitals', 'API.Example.com', '/x', 'https://Api.example.COM/x'],
    ['a path in Chinese', 'a.com', 'GET /商品/*', 'https://a.com/商品/1'],
    ['an encoded path', 'a.com', '/%E5%95%86', 'https://a.com/商'],
    ['a path with a blank', 'a.com', '/a b', 'https://a.com/a b'],
    ['a path that looks like a host', 'a.com', '//b.com/x', 'https://a.com//b.com/x'],
  ])('%s fits', (_name, host, path, url) => {
    const mocks = read(JSON.stringify({ [host]: { [path]: { body: 'found' } } }))
    expect(findMock(mocks, 'GET', new URL(url))?.body).toBe('found')
  })

  test.each([
    ['no JSON', '{"a.com": {', /mocks\.json is not JSON: .+/],
    [
      'another shape',
      '[]',
      /must be \{"host": \{"\/path": \{"status", "delay", "header", "body"\}\}\}/,
    ],
    [
      'a URL for a host',
      '{"https://a.com": {}}',
      /"https:\/\/a\.com": .*a host such as api\.example\.com/,
    ],
    ['a path with a query', '{"a.com": {"/x?y=1": {}}}', /"\/x\?y=1": .*without a query/],
    ['a status that is none', '{"a.com": {"/x": {"status": 42}}}', /"\/x" → "status": .*>=100/],
    ['a negative delay', '{"a.com": {"/x": {"delay": -1}}}', /"\/x" → "delay": .*>=0/],
    ['a key that is none', '{"a.com": {"/x": {"code": 200}}}', /"\/x": .*"code"/],
  ])('%s is refused with a message', (_name, content, message) => {
    expect(() => read(content)).toThrow(message)
  })

  test('a missing file is named', () => {
    expect(() => readMocks('/nonexistent.json')).toThrow(
      "--mock /nonexistent.json can't be read (ENOENT)",
    )
  })

  test.each([
    ['GET', 'https://a.com/x?y=1', 'exact'],
    ['GET', 'https://a.com/x/y', 'below'],
    ['POST', 'https://a.com/x', 'posted'],
    ['GET', 'https://a.com/other', 'any of a'],
    ['GET', 'https://a.com:8443/x', 'port'],
    ['GET', 'https://b.com/x', 'anywhere'],
    ['GET', 'https://b.com/y', undefined],
  ])('%s %s: the most specific key answers', (method, url, body) => {
    const mocks = read(
      JSON.stringify({
        'a.com': {
          '/*': { body: 'any of a' },
          '/x/*': { body: 'below' },
          '/x': { body: 'exact' },
          'POST /x': { body: 'posted' },
        },
        'a.com:8443': { '/x': { body: 'port' } },
        '*': { '/x': { body: 'anywhere' } },
      }),
    )
    expect(findMock(mocks, method, new URL(url))?.body).toBe(body)
  })
})

test.each([
  ['http://127.0.0.1:3000/', true],
  ['https://api.example.com/x', true],
  ['wss://api.example.com:8443/x', true],
  ['https://only.example.com:8443/', true],
  ['https://only.example.com/', false],
  ['https://evil.api.example.com/', false],
  ['https://api.example.com.evil.org/', false],
  ['https://someone@api.example.com/', false],
  ['ftp://api.example.com/', false],
])('--allow api.example.com and only.example.com:8443: %s %s', (url, expected) => {
  expect(isAllowed(new URL(url), ['api.example.com', 'only.example.com:8443'])).toBe(expected)
})

describe('the preview’s server', () => {
  let server: Server
  let port: number
  let preview: Preview
  let url: string
  const dir = writeProgram({})

  beforeAll(async () => {
    server = createServer((request, response) => {
      if (request.url === '/away')
        response.writeHead(302, { location: 'http://elsewhere.test/' }).end()
      else response.end(`real ${request.headers.host}`)
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    ;({ port } = server.address() as AddressInfo)
    const answer = { status: 503, delay: 120, header: { 'X-Own': 'yes' }, body: { code: 1 } }
    const mocks = { 'api.test': { 'POST /pay': answer } }
    preview = createPreview({ dir, appid: 'wx1', liveReload: false, mocks, allow: ['friend.test'] })
    ;({ url } = await preview.listen())
  })

  beforeEach(() => {
    const lookup = dns.lookup.bind(dns)
    jest
      .spyOn(dns, 'lookup')
      .mockImplementation(((name: string, ...rest: [never, never]) =>
        lookup(name.endsWith('.test') ? '127.0.0.1' : name, ...rest)) as typeof dns.lookup)
  })

  afterAll(async () => {
    await preview.close()
    server.close()
    rmSync(dirname(dir), { recursive: true })
  })

  const ask = (target: string, method = 'GET') =>
    fetch(`${url}/__preview/request/${target}`, { method, headers: { 'x-preview': '1' } })

  test('answers from the file, with its status, header and delay', async () => {
    const before = performance.now()
    const answer = await ask('https://api.test/pay?id=1', 'POST')
    expect(performance.now() - before).toBeGreaterThan(100)
    expect(answer.headers.get('x-preview-status')).toBe('503')
    expect(decodeURIComponent(answer.headers.get('x-preview-headers') ?? '')).toContain(
      '"X-Own","yes"',
    )
    expect(await answer.json()).toEqual({ code: 1 })
  })

  test('forwards to an allowed host', async () => {
    const answer = await ask(`http://friend.test:${port}/x`)
    expect([answer.status, await answer.text()]).toEqual([200, `real friend.test:${port}`])
  })

  test.each([
    ['another host', () => 'http://other.test/x', 'other.test'],
    ['another path of a host of the file', () => 'https://api.test/pay', 'api.test'],
    [
      'where an allowed host redirects to',
      () => `http://friend.test:${port}/away`,
      'elsewhere.test',
    ],
  ])('refuses %s, and names both options', async (_name, target, host) => {
    const answer = await ask(target())
    expect([answer.status, await answer.text()]).toEqual([
      403,
      `${host} is not on this computer: answer its requests with --mock FILE, or let them through with --allow ${host}`,
    ])
  })
})
