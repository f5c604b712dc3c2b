/** The whole cluster: three database nodes, a BFF at each, Redis, WeChat. */
import { setTimeout as delay } from 'node:timers/promises'
import { audit } from './crowd'
import type { Ledger } from './crowd'
import { createBffs } from './bffs'
import type { Bff, Bffs } from './bffs'
import { startGalera } from './galera'
import type { Galera, GaleraNode } from './galera'
import { patiently } from './patiently'
import { startRedis } from './redis'
import type { OwnRedis } from './redis'
import { startCrowdWechat } from './wechat'
import type { CrowdWechat } from './wechat'

/** Long enough for a machine with other load. */
export const START_WITHIN_MS = 300_000
const SAME_WITHIN_MS = 30_000
/** A user on hold is read from the database; a copy in Redis would hide the state of a node. */
const HOLD_MS = 200

export type Three<T> = [T, T, T]

export const three = async <T>(make: (n: 0 | 1 | 2) => Promise<T>): Promise<Three<T>> =>
  Promise.all([make(0), make(1), make(2)])

export interface Stage {
  galera: Galera
  nodes: Galera['nodes']
  redis: OwnRedis
  wechat: CrowdWechat
  bffs: Bffs
  /** One at each node. */
  at: Three<Bff>
  /** The URL of the database `name` at a node. */
  urlOf(n: number, name?: string): string
  startBff(n: number, name?: string): Promise<Bff>
  /** Differences from the acknowledged state, checked at each node. */
  auditAll(ledger: Ledger): Promise<string[]>
  /** Waits until all nodes have the same rows. @returns the errors in them. */
  findDisorder(): Promise<unknown[]>
}

const DATABASE = 'wl'

const ORPHANS = ['identities', 'sessions']
  .map(
    (table) =>
      `SELECT '${table}' AS t, user_id AS x FROM ${DATABASE}.${table} WHERE user_id NOT IN (SELECT id FROM ${DATABASE}.users)`,
  )
  .concat(
    `SELECT 'unionid' AS t, unionid AS x FROM ${DATABASE}.identities WHERE unionid IS NOT NULL GROUP BY unionid HAVING count(DISTINCT user_id) > 1`,
    `SELECT 'users' AS t, id AS x FROM ${DATABASE}.users WHERE id NOT IN (SELECT user_id FROM ${DATABASE}.identities)`,
  )
  .join(' UNION ALL ')

async function sumOf(node: GaleraNode): Promise<string> {
  const columns = await node.run(
    `SELECT table_name AS t, column_name AS c FROM information_schema.columns
     WHERE table_schema = '${DATABASE}' ORDER BY table_name, ordinal_position`,
  )
  const tables = new Map<string, string[]>()
  for (const { t, c } of columns)
    tables.set(String(t), [...(tables.get(String(t)) ?? []), String(c)])
  const sums = [...tables].map(
    ([table, names]) =>
      `SELECT '${table}' AS t, count(*) AS n, bit_xor(crc32(concat_ws('|', ${names
        .map((name) => `coalesce(hex(${name}), 'null')`)
        .join(', ')}))) AS x FROM ${DATABASE}.${table}`,
  )
  return JSON.stringify(await node.run(sums.join(' UNION ALL ')))
}

async function open(at: Stage): Promise<void> {
  at.galera = await startGalera()
  at.nodes = at.galera.nodes
  await at.nodes[0].run(`CREATE DATABASE ${DATABASE}`)
  at.redis = await startRedis()
  at.wechat = await startCrowdWechat()
  at.bffs = createBffs(at.wechat.url)
  at.at = await three((n) => at.startBff(n))
}

/** Opened before the first test of the enclosing describe(), and closed after the last. */
export function useStage(): Stage {
  const stage = {
    urlOf(n: number, name = DATABASE) {
      const url = new URL(stage.nodes[n]?.url ?? '')
      url.pathname = `/${name}`
      return url.href
    },
    startBff: (n: number, name?: string) => stage.bffs.start(stage.urlOf(n, name), stage.redis.url),
    async auditAll(ledger: Ledger) {
      const losses: string[] = []
      for (const bff of stage.at) {
        await stage.redis.run('FLUSHALL')
        await delay(HOLD_MS)
        losses.push(...(await audit(bff.url, ledger)))
      }
      return losses
    },
    async findDisorder() {
      await patiently(SAME_WITHIN_MS, async () => {
        const [one, ...others] = await three((n) => sumOf(stage.nodes[n]))
        return others.every((other) => other === one)
      })
      return stage.nodes[0].run(ORPHANS)
    },
  } as Stage
  beforeAll(() => open(stage), START_WITHIN_MS)
  afterAll(async () => {
    // Some parts are missing when the opening failed.
    const { bffs, wechat, redis, galera } = stage as Partial<Stage>
    await bffs?.stopAll()
    wechat?.close()
    await redis?.stop()
    await galera?.stop()
  }, START_WITHIN_MS)
  return stage
}
