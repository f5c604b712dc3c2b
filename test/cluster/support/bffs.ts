/** Starts the built server as often as a test needs, each process with its own environment. */
import { startBff } from '../../../scripts/start/bff-process'
import type { BffProcess } from '../../../scripts/start/bff-process'
import { JWT_SECRET } from '../../support/bff'
import { BUILT_BFF } from '../../support/built-server'
import { APPS } from './wechat'

const KEPT_LINES = 30
const READY_WITHIN_MS = 120_000

const settings = (wechatUrl: string): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  PORT: '0',
  WECHAT_APPS: JSON.stringify(
    APPS.map((appid) => ({ appid, secret: `secret-of-${appid}`, type: 'miniprogram' })),
  ),
  WECHAT_API_BASE: wechatUrl,
  JWT_SECRETS: `t1:${JWT_SECRET}`,
  DATA_KEYS: `d1:${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`,
  CONTENT_CHECK: 'off',
})

export interface Bff extends BffProcess {
  kill(): Promise<void>
}

export function createBffs(wechatUrl: string) {
  const running = new Set<Bff>()
  return {
    async start(databaseUrl: string, redisUrl: string): Promise<Bff> {
      const lines: string[] = []
      const bff = await startBff({
        env: { ...settings(wechatUrl), DATABASE_URL: databaseUrl, REDIS_URL: redisUrl },
        onLine(line) {
          lines.push(line)
          if (lines.length > KEPT_LINES) lines.shift()
        },
        // A process without a quorum becomes ready once there is one.
        readyWithinMs: READY_WITHIN_MS,
        program: BUILT_BFF,
      }).catch((error: unknown) => {
        throw new Error(`${String(error)}\n${lines.slice(-8).join('\n')}`, { cause: error })
      })
      const kill = async (): Promise<void> => {
        process.kill(bff.pid, 'SIGKILL')
        await bff.exited
      }
      const one = { ...bff, kill }
      running.add(one)
      void bff.exited.then(() => running.delete(one))
      return one
    },
    async stopAll(): Promise<void> {
      await Promise.all([...running].map((bff) => bff.stop()))
    },
  }
}

export type Bffs = ReturnType<typeof createBffs>
