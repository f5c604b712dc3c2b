/** A user's orders are counted across all processes. */
import { createSharedRateWindow } from '../../server/cluster/rate-window'
import type { RedisConnection } from '../../server/cluster/connection'
import { createWorld, liveOf } from '../support/pay/world'
import { useRedis } from './redis-fixture'
import { describeWith, redisService } from './services'

const RULE = { limit: 3, windowMs: 60_000 }

describeWith([redisService], 'limits of payment shared through Redis', () => {
  const at = useRedis()
  const over = (redis: RedisConnection) => ({
    createRateWindow: (name: string) => createSharedRateWindow(redis, name, RULE),
  })

  it('accept three orders of a user in two processes, and refuse the fourth in both', async () => {
    const world = await createWorld()
    const processes = [world.startProcess(over(at.one)), world.startProcess(over(at.other))]
    const order = (n: number, name: string) =>
      processes[n % 2]!.orders.create(liveOf(name), {
        item: 'tea',
        quantity: 1,
        requestId: `request-${name}-${n}`,
      })
    for (const n of [0, 1, 2]) await order(n, 'alice')
    for (const n of [3, 4])
      await expect(order(n, 'alice')).rejects.toMatchObject({ code: 'RATE_LIMITED' })
    expect((await order(5, 'bob')).order.status).toBe('pending')
    await Promise.all(processes.map((pay) => pay.close()))
    await world.sql.close()
  })
})
