/** doctor's findings about Redis behind Sentinels, with fake servers. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { checkRedis } from '../../../../scripts/doctor/redis'

type Reply = string | Error | string[] | null

const PASSWORD = 'p@ss of Redis'
const OF_SENTINELS = 'theirs'

const toResp = (reply: Reply): string => {
  if (reply === null) return '*-1\r\n'
  if (reply instanceof Error) return `-${reply.message}\r\n`
  if (typeof reply === 'string') return `$${Buffer.byteLength(reply)}\r\n${reply}\r\n`
  return `*${reply.length}\r\n${reply.map(toResp).join('')}`
}

const servers: Server[] = []
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => once(server.close(), 'close')))
})

/** @returns the port of a server that answers each command; commands are upper case. */
async function serve(answer: (command: string[]) => Reply, password = ''): Promise<number> {
  const server = createServer((socket) => {
    let isIn = password === ''
    const say = (command: string[]): Reply => {
      if (command[0] === 'AUTH') {
        isIn = command.at(-1) === password
        return isIn ? 'OK' : new Error('WRONGPASS invalid username-password pair')
      }
      return isIn ? answer(command) : new Error('NOAUTH Authentication required.')
    }
    socket
      .on('error', () => undefined)
      .on('data', (chunk) => {
        for (const part of String(chunk).split(/(?=\*\d+\r\n)/)) {
          const [, ...words] = part.split('\r\n')
          const command = words.filter((_, index) => index % 2 === 1)
          socket.write(toResp(say([command[0]?.toUpperCase() ?? '', ...command.slice(1)])))
        }
      })
  })
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

const redisWith = (replicas: number) => (command: string[]) => {
  if (command[0] === 'SELECT' && command[1] === '99')
    return new Error('ERR DB index is out of range')
  return command[0] === 'INFO' ? `role:master\r\nconnected_slaves:${replicas}\r\n` : 'OK'
}

const sentinelOf = (port: number) => (command: string[]) => {
  if (command[0] !== 'SENTINEL') return 'OK'
  return command[2] === 'mymaster' ? ['127.0.0.1', String(port)] : null
}

const withQuery = (hosts: number[], rest = '/0?sentinelMasterId=mymaster', account = '') =>
  `redis-sentinel://${account}${hosts.map((port) => `127.0.0.1:${port}`).join(',')}${rest}`

const brief = async (url: string) =>
  (await checkRedis(url)).map(({ status, what, cure = '' }) => [status, what, cure])

/** No server listens there. */
const NOWHERE = 1

it('finds the primary and its replica, with separate accounts for Redis and the Sentinels', async () => {
  const primary = await serve(redisWith(1), PASSWORD)
  const sentinels = [await serve(sentinelOf(primary), OF_SENTINELS)]
  const account = `:${encodeURIComponent(PASSWORD)}@`
  const rest = `/0?sentinelMasterId=mymaster&sentinelPassword=${OF_SENTINELS}`
  expect(await brief(withQuery(sentinels, rest, account))).toEqual([
    ['ok', 'the primary answers', ''],
  ])
  expect(await brief(withQuery(sentinels, '/0?sentinelMasterId=mymaster', account))).toEqual([
    [
      'fail',
      '1 of 1 Sentinels give no answer (refused)',
      expect.stringContaining('sentinelPassword'),
    ],
  ])
  expect(await brief(withQuery(sentinels, rest, ':wrong@'))).toEqual([
    [
      'fail',
      `the primary at 127.0.0.1:${primary} can't be used (refused)`,
      expect.stringContaining('user and password'),
    ],
  ])
})

it('reports how many Sentinels are down, and continues with the others', async () => {
  const sentinel = await serve(sentinelOf(await serve(redisWith(1))))
  expect(await brief(withQuery([NOWHERE, sentinel]))).toEqual([
    ['fail', '1 of 2 Sentinels give no answer (ECONNREFUSED)', expect.stringContaining('Start')],
    ['ok', 'the primary answers', ''],
  ])
  expect(await brief(withQuery([NOWHERE]))).toHaveLength(1)
})

it('names the error behind them', async () => {
  const lonely = await serve(sentinelOf(await serve(redisWith(0))))
  expect(await brief(withQuery([lonely]))).toEqual([
    ['fail', expect.stringMatching(/has no replica/), expect.stringMatching(/replicaof/)],
  ])
  expect(await brief(withQuery([lonely], '/0?sentinelMasterId=another'))).toEqual([
    ['fail', expect.stringMatching(/no primary/), expect.stringMatching(/sentinelMasterId/)],
  ])
  const moved = await serve(sentinelOf(NOWHERE))
  expect(await brief(withQuery([moved]))).toEqual([
    ['fail', `the primary at 127.0.0.1:1 can't be used (ECONNREFUSED)`, expect.anything()],
  ])
  const few = await serve(sentinelOf(await serve(redisWith(2))))
  expect(await brief(withQuery([few], '/99?sentinelMasterId=mymaster'))).toEqual([
    ['fail', expect.stringMatching(/no such database/), expect.anything()],
  ])
})

it.each([
  'redis-sentinel://127.0.0.1:1/0',
  'redis-sentinel:///0?sentinelMasterId=mymaster',
  'redis-sentinel://a b:1/0?sentinelMasterId=mymaster',
])('%s names no Sentinels', async (url) => {
  expect(await brief(url)).toEqual([
    ['fail', 'REDIS_URL names no Sentinels, or no sentinelMasterId', expect.anything()],
  ])
})
