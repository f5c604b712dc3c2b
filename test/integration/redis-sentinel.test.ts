/**
 * Redis behind a Sentinel: a failover that is announced while the client looks up the primary; no
 * replica.
 */
import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { connectRedis } from '../../server/cluster/connection'
import { until } from '../support/until'
import { addressOf, describeWith, newName, redisService } from './services'

const ANNOUNCEMENT = '*3\r\n$7\r\nmessage\r\n$14\r\n+switch-master\r\n$1\r\nx\r\n'
const SUBSCRIBED = '*3\r\n$9\r\nsubscribe\r\n$14\r\n+switch-master\r\n:1\r\n'

/** A command and its first argument. */
const COMMAND = /\*\d+\r\n\$\d+\r\n(\w+)\r\n(?:\$\d+\r\n([\w-]+))?/g

const toBulk = (text: string): string => `$${text.length}\r\n${text}\r\n`

/** Implements the part of Sentinel that ioredis uses; `primary` may delay an answer. */
async function startSentinel(primary: () => Promise<number>) {
  const subscribers = new Set<Socket>()
  const answer = async (socket: Socket, text: string): Promise<void> => {
    for (const [, command = '', first = ''] of text.matchAll(COMMAND)) {
      if (first === 'get-master-addr-by-name') {
        socket.write(`*2\r\n${toBulk('127.0.0.1')}${toBulk(String(await primary()))}`)
      } else if (first === 'sentinels') socket.write('*0\r\n')
      else if (command.toLowerCase() === 'subscribe') {
        subscribers.add(socket.on('close', () => subscribers.delete(socket)))
        socket.write(SUBSCRIBED)
      } else socket.write('+OK\r\n')
    }
  }
  const server: Server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (data) => void answer(socket, data.toString()))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    subscribers,
    stop: () => server.close(),
  }
}

describeWith([redisService], 'Redis behind a Sentinel', () => {
  it('reconnects after a failover that was announced during the lookup', async () => {
    const { port } = addressOf(redisService.url)
    let isAsked = false
    let answer: () => void = () => undefined
    let wait = Promise.resolve()
    const sentinel = await startSentinel(async () => {
      isAsked = true
      await wait
      return port
    })
    const url = `redis-sentinel://127.0.0.1:${sentinel.port}/0?sentinelMasterId=lab`
    const redis = await connectRedis(url, () => undefined)
    try {
      await until(async () => (await redis.isReady()) && sentinel.subscribers.size > 0)
      isAsked = false
      wait = new Promise((resolve) => (answer = resolve))
      await redis.ask((client) => Promise.resolve(client.stream.destroy()))
      await until(() => isAsked)
      for (const subscriber of sentinel.subscribers) subscriber.write(ANNOUNCEMENT)
      // Gives the client, which is in this process, time to read it first.
      await delay(50)
      answer()
      await until(() => redis.isReady())
    } finally {
      await redis.close()
      sentinel.stop()
    }
  })

  it('reads do not wait for durable writes that no replica acknowledges', async () => {
    const { port } = addressOf(redisService.url)
    const sentinel = await startSentinel(() => Promise.resolve(port))
    const url = `redis-sentinel://127.0.0.1:${sentinel.port}/0?sentinelMasterId=lab`
    const redis = await connectRedis(url, () => undefined)
    try {
      await until(() => redis.isReady())
      const key = redis.key('durable', newName())
      const write = redis.askDurably((client) => client.set(key, 'x', 'PX', 1000))
      let isWriteOver = false
      write.catch(() => (isWriteOver = true))
      await redis.ask((client) => client.get(key))
      // An answer to the write that came together with the read's is handled first.
      await new Promise(setImmediate)
      expect(isWriteOver).toBe(false)
      await expect(write).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
    } finally {
      await redis.close()
      sentinel.stop()
    }
  })
})
