/** Measures the time from the start of a process to its first successful answer. */
import { spawn } from 'node:child_process'
import { get } from 'node:http'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Start } from './processes'

const ASK_EVERY_MS = 2
const WITHIN_MS = 60_000

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

function isAnswered(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode === 200))
    })
    request.on('error', () => resolve(false))
  })
}

/** @returns milliseconds until `path` answers 200. @throws Error when it never does. */
export async function timeToReady({ name, args, env }: Start, path: string): Promise<number> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}${path}`
  const startedAt = performance.now()
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env['PATH'] ?? '', ...env, PORT: String(port) },
    stdio: 'ignore',
  })
  const exited = new Promise((resolve) => child.once('exit', resolve))
  try {
    while (!(await isAnswered(url))) {
      if (performance.now() - startedAt > WITHIN_MS) throw new Error(`${name} does not get ready.`)
      await delay(ASK_EVERY_MS)
    }
    return performance.now() - startedAt
  } finally {
    child.kill('SIGTERM')
    await exited
  }
}
