/** Starts the counting WeChat as its own process. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { ask } from './site'

export interface Counts {
  /** By the first two words of a code, or by a path and an openid. */
  calls: Partial<Record<string, number>>
  /** Repeated codes. */
  sentTwice: string[]
}

export async function startCountingWechat() {
  const script = ['--import', 'tsx', join(__dirname, 'counting-wechat.ts')]
  const child = spawn(process.execPath, script, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const [port] = (await once(child, 'message')) as [number]
  const url = `http://127.0.0.1:${port}`
  return {
    url,
    counts: async (): Promise<Counts> => (await ask<Counts>(`${url}/counts`)).body,
    close: () => void child.kill(),
  }
}

export type CountingWechat = Awaited<ReturnType<typeof startCountingWechat>>
