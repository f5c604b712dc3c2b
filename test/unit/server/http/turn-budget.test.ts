/** Busy existing connections must not delay the acceptance of new ones. */
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { createHttpServer } from '../../../../server/http/server'
import { createTurnBudget } from '../../../../server/http/turn-budget'

/** Keeps the event loop busy. */
function work(forMs: number): void {
  const endsAt = performance.now() + forMs
  while (performance.now() < endsAt);
}

it('starts within its time budget at once, and the rest in the next turns and in order', async () => {
  const begin = createTurnBudget()
  const done: number[] = []
  for (let n = 0; n < 6; n++) {
    begin(() => {
      work(2)
      done.push(n)
    })
  }
  const inFirstTurn = done.length
  expect([inFirstTurn >= 1, inFirstTurn <= 4]).toEqual([true, true])
  begin(() => done.push(6))
  while (done.length < 7) await new Promise(setImmediate)
  expect(done).toEqual([0, 1, 2, 3, 4, 5, 6])
})

it('accepts 50 new connections before 50 busy ones are answered 20 times each', async () => {
  const app = express()
  let answered = 0
  app.get('/', (_req, res) => {
    work(2)
    answered += 1
    res.end()
  })
  const server = createHttpServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const life = { isOver: false }
  const ask = (agent: http.Agent | false) =>
    new Promise<void>((resolve) => {
      http
        .get({ port, agent }, (res) => res.resume().on('end', resolve))
        .on('error', () => resolve())
    })
  const agent = new http.Agent({ keepAlive: true, maxSockets: 50 })
  const crowd = Array.from({ length: 50 }, async () => {
    while (!life.isOver) await ask(agent)
  })
  await new Promise((resolve) => setTimeout(resolve, 500))
  const answeredBefore = answered
  await Promise.all(Array.from({ length: 50 }, () => ask(false)))
  expect(answered - answeredBefore).toBeLessThan(1000)
  life.isOver = true
  await Promise.all(crowd)
  agent.destroy()
  server.close()
  server.closeAllConnections()
})
