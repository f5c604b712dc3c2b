/** The servers to measure: the baselines, our server as in production, and the peers. */
import { join } from 'node:path'
import { SANDBOX_MINI_PROGRAM } from '../lib/defaults'
import type { Start } from './processes'

const HERE = __dirname
const ROOT = join(HERE, '../..')
export const APPID = SANDBOX_MINI_PROGRAM

/** Keys for this benchmark only; they protect nothing. */
const JWT_SECRET = 'bench-8dK3vN2qLw7ZrT5yB4mHc9PdFg'
const DATA_KEY = Buffer.alloc(32, 'bench').toString('base64')

export const OURS = 'this project'
export const STATIC = 'static floor'
export const PROXY = 'proxy floor'

export interface Target extends Start {
  /** The routes that it answers. */
  kinds: ('login' | 'me')[]
}

/** Not NODE_ENV=production, because that refuses the WeChat stand-in; it has no other effect. */
export const ours = (upstream: string, databaseFile: string): Target =>
  oursOn(upstream, `file:${databaseFile}`)

/** @param redisUrl none by default. */
export function oursOn(upstream: string, databaseUrl: string, redisUrl?: string): Target {
  return {
    name: OURS,
    kinds: ['login', 'me'],
    args: [join(ROOT, 'dist/server/main.js')],
    env: {
      PORT: '0',
      WECHAT_APPID: APPID,
      WECHAT_APPSECRET: 'bench-secret',
      WECHAT_API_BASE: upstream,
      JWT_SECRETS: `b1:${JWT_SECRET}`,
      DATA_KEYS: `b1:${DATA_KEY}`,
      DATABASE_URL: databaseUrl,
      ...(redisUrl !== undefined && { REDIS_URL: redisUrl }),
    },
  }
}

export const staticFloor: Target = {
  name: STATIC,
  kinds: ['me'],
  args: [join(HERE, 'floor.mjs')],
  env: { WECHAT_API_BASE: 'http://127.0.0.1:9' },
}

/** Peers with the same guarantees as this project: see peers/guarantees.mjs. */
export const BARE_GUARDED = 'node:http, same guarantees'
export const FASTIFY_GUARDED = 'Fastify, same guarantees'
export const USUAL_GUARDED = 'Fastify, same guarantees, one commit each'

/** The fastest first. */
const PEERS = [
  [BARE_GUARDED, 'bare', { COMMITS: 'grouped' }],
  [FASTIFY_GUARDED, 'fastify-guarded', { COMMITS: 'grouped' }],
  [USUAL_GUARDED, 'fastify-guarded', { COMMITS: 'single' }],
  ['Fastify, undici, fast-jwt', 'fastify', {}],
  ['Hono, fetch, jose', 'hono', {}],
  ['Koa, undici, jsonwebtoken', 'koa', {}],
  ['Express, axios, jsonwebtoken', 'express', {}],
  ['Express, node-easywechat', 'node-easywechat', {}],
] as const

/** @param dir an empty folder for their databases. @param peerCount the number of peers. */
export function targets(upstream: string, dir: string, peerCount: number): Target[] {
  const base = { WECHAT_API_BASE: upstream, NODE_ENV: 'production' }
  const peers = PEERS.slice(0, peerCount).map(([name, file, more], index): Target => ({
    name,
    kinds: ['login', 'me'],
    args: [join(HERE, 'peers', `${file}.mjs`)],
    env: {
      ...base,
      ...more,
      WECHAT_APPID: APPID,
      WECHAT_APPSECRET: 'bench-secret',
      JWT_SECRET,
      DATABASE_FILE: join(dir, `peer-${index}.db`),
    },
  }))
  return [
    { name: PROXY, kinds: ['login'], args: [join(HERE, 'floor.mjs')], env: base },
    staticFloor,
    ours(upstream, join(dir, 'ours.db')),
    ...peers,
  ]
}
