/**
 * Environment variables to a checked configuration. Every wrong value is reported at once, by the
 * variable's name and never by its value; nothing here reads process.env (main.ts hands it in).
 */
import * as z from 'zod'
import { dataKeys, jwtSecrets, jwtSigningKeys } from './keys'
import type { SigningKey } from './keys'
import {
  appid,
  appList,
  databaseUrl,
  host,
  IS_EMPTY,
  isLoopback,
  origin,
  redisUrl,
  secret,
  trustProxy,
  whole,
} from './values'
import type { DataKey } from '../sealing'
import type { WechatApp } from '../wechat/wechat-app'

export type { WechatApp }

export interface Config {
  host: string
  port: number
  production: boolean
  apps: WechatApp[]
  wechatApiBase: string
  wechatTimeoutMs: number
  databaseUrl: string
  redisUrl: string | null
  /** May be empty with a signing key. */
  jwtSecrets: { kid: string; secret: string }[]
  /** The first signs tokens, in place of the first secret; all verify. */
  jwtSigningKeys: SigningKey[]
  dataKeys: DataKey[]
  sessionIdleMs: number
  sessionMaxMs: number
  exposeOpenid: boolean
  /** An origin, for the URLs of avatars; null takes the request's own. */
  publicUrl: string | null
  contentCheck: 'lenient' | 'strict' | 'off'
  /** A number of proxies, or the CIDR blocks that are proxies. */
  trustProxy: number | string[]
  /** WeChat's cloud in front of this service says who calls, in X-WX-* headers. */
  trustCloudHeaders: boolean
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace'
  metricsHost: string
  metricsPort: number | null
}

/** Thrown by parseConfig; `faults` holds one `NAME: what is wrong and what to do` a variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  constructor(readonly faults: string[]) {
    super(`The configuration is not valid:\n${faults.map((fault) => `  ${fault}`).join('\n')}`)
  }
}

const DAY_MS = 86_400_000
const IDLE_DAYS = 7

const environment = {
  HOST: host.default('127.0.0.1'),
  PORT: whole(0, 65_535).default(3000),
  NODE_ENV: z.string().optional(),
  WECHAT_APPID: appid.optional(),
  WECHAT_APPSECRET: secret.optional(),
  WECHAT_APPS: appList.optional(),
  WECHAT_API_BASE: origin.default('https://api.weixin.qq.com'),
  WECHAT_TIMEOUT_MS: whole(100, 60_000).default(3000),
  DATABASE_URL: databaseUrl.default('file:./data/app.db'),
  REDIS_URL: redisUrl.optional(),
  JWT_SECRETS: jwtSecrets.optional(),
  JWT_SIGNING_KEY: jwtSigningKeys.optional(),
  DATA_KEYS: dataKeys,
  SESSION_IDLE_DAYS: whole(1, 3650).optional(),
  SESSION_MAX_DAYS: whole(1, 3650).default(30),
  PUBLIC_URL: origin.optional(),
  EXPOSE_OPENID: z.enum(['true', 'false'], 'must be true or false').default('true'),
  CONTENT_CHECK: z
    .enum(['lenient', 'strict', 'off'], 'must be lenient, strict or off')
    .default('lenient'),
  TRUST_PROXY: trustProxy.default(0),
  TRUST_CLOUD_HEADERS: z.enum(['true', 'false'], 'must be true or false').default('false'),
  /** Set by 微信云托管 in each of its containers, and read to tell that this is one. */
  CBR_ENV_ID: z.string().default(''),
  LOG_LEVEL: z
    .enum(
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace'],
      'must be a pino level, such as info',
    )
    .default('info'),
  METRICS_HOST: host.default('127.0.0.1'),
  METRICS_PORT: whole(0, 65_535).optional(),
}

type Environment = {
  [Name in keyof typeof environment]: z.infer<(typeof environment)[Name]>
}

/** One of the two ways to name the apps. */
function appFaults(env: NodeJS.ProcessEnv): string[] {
  const single = ['WECHAT_APPID', 'WECHAT_APPSECRET']
  if (env['WECHAT_APPS'] === undefined) {
    const isNeeded = (name: string) => name === 'WECHAT_APPID' || !trustsCloud(env)
    return single
      .filter((name) => env[name] === undefined && isNeeded(name))
      .map((name) => `${name}: is missing`)
  }
  if (single.every((name) => env[name] === undefined)) return []
  return ['WECHAT_APPS: set either it, or WECHAT_APPID and WECHAT_APPSECRET']
}

/** The cloud knows the person without an AppSecret. */
const trustsCloud = (env: NodeJS.ProcessEnv): boolean => env['TRUST_CLOUD_HEADERS'] === 'true'

/** Either of the two signs tokens. */
function keyFaults(env: NodeJS.ProcessEnv): string[] {
  const isMissing = env['JWT_SECRETS'] === undefined && env['JWT_SIGNING_KEY'] === undefined
  return isMissing ? ['JWT_SECRETS: is missing'] : []
}

/** Anyone who reaches a public address directly could forge the identity headers. */
function cloudFaults(values: Partial<Environment>): string[] {
  const {
    TRUST_CLOUD_HEADERS: trusts,
    HOST: hostText = '',
    CBR_ENV_ID: environmentId = '',
  } = values
  if (trusts !== 'true' || isLoopback(hostText) || environmentId !== '') return []
  return [
    'TRUST_CLOUD_HEADERS: is refused, since HOST is public and this is no container of 微信云托管 (which ' +
      'sets CBR_ENV_ID): anyone could name anyone. Remove it, or set HOST=127.0.0.1 behind a gateway',
  ]
}

/** What no variable shows alone. @param values those that are right. */
function crossFaults(values: Partial<Environment>): string[] {
  const faults: string[] = []
  const { WECHAT_API_BASE: base = '', SESSION_IDLE_DAYS: idle, SESSION_MAX_DAYS: max } = values
  if (values.NODE_ENV === 'production' && base.startsWith('http:')) {
    faults.push('WECHAT_API_BASE: the sandbox is refused with NODE_ENV=production')
  }
  if (idle !== undefined && max !== undefined && idle > max) {
    faults.push('SESSION_IDLE_DAYS: must not be larger than SESSION_MAX_DAYS, 30 by default')
  }
  const needsPublicUrl = values.WECHAT_APPS?.some(({ type }) => type !== 'miniprogram') === true
  if (needsPublicUrl && values.PUBLIC_URL === undefined) {
    faults.push('PUBLIC_URL: is needed, since WECHAT_APPS names an app of type official or website')
  }
  const lacksSecret = ({ secret, type }: WechatApp) =>
    secret === null && (type !== 'miniprogram' || values.TRUST_CLOUD_HEADERS !== 'true')
  if (values.WECHAT_APPS?.some(lacksSecret) === true) {
    faults.push(
      'WECHAT_APPS: every app needs a secret; a miniprogram none with TRUST_CLOUD_HEADERS',
    )
  }
  faults.push(...cloudFaults(values))
  const { PORT: port, METRICS_PORT: metricsPort = 0 } = values
  if (metricsPort !== 0 && metricsPort === port) {
    faults.push('METRICS_PORT: must be another port than PORT')
  }
  return faults
}

/** After appFaults found none: one of the two ways is complete. */
function appsOf(env: Environment): WechatApp[] {
  if (env.WECHAT_APPS !== undefined) return env.WECHAT_APPS
  const { WECHAT_APPID: appid = '', WECHAT_APPSECRET: secret = null } = env
  return [{ appid, secret, type: 'miniprogram' }]
}

function toConfig(env: Environment): Config {
  const idleDays = env.SESSION_IDLE_DAYS ?? Math.min(IDLE_DAYS, env.SESSION_MAX_DAYS)
  return {
    host: env.HOST,
    port: env.PORT,
    production: env.NODE_ENV === 'production',
    apps: appsOf(env),
    wechatApiBase: env.WECHAT_API_BASE,
    wechatTimeoutMs: env.WECHAT_TIMEOUT_MS,
    databaseUrl: env.DATABASE_URL,
    redisUrl: env.REDIS_URL ?? null,
    jwtSecrets: env.JWT_SECRETS ?? [],
    jwtSigningKeys: env.JWT_SIGNING_KEY ?? [],
    dataKeys: env.DATA_KEYS,
    sessionIdleMs: idleDays * DAY_MS,
    sessionMaxMs: env.SESSION_MAX_DAYS * DAY_MS,
    exposeOpenid: env.EXPOSE_OPENID === 'true',
    publicUrl: env.PUBLIC_URL ?? null,
    contentCheck: env.CONTENT_CHECK,
    trustProxy: env.TRUST_PROXY,
    trustCloudHeaders: env.TRUST_CLOUD_HEADERS === 'true',
    logLevel: env.LOG_LEVEL,
    metricsHost: env.METRICS_HOST,
    metricsPort: env.METRICS_PORT ?? null,
  }
}

function faultOf(name: string, text: string | undefined, issue: z.core.$ZodIssue): string {
  if (text === undefined) return `${name}: is missing`
  if (text === '') return `${name}: ${IS_EMPTY}`
  const place = issue.path.map((part) =>
    typeof part === 'number' ? `[${part}]` : `.${String(part)}`,
  )
  return `${name}${place.join('')}: ${issue.message}`
}

/**
 * @param env as process.env gives it; variables that are not ours are ignored.
 * @param faultsOfFeatures what features found wrong with variables of their own: told together.
 * @throws ConfigError naming every fault.
 */
export function parseConfig(
  env: NodeJS.ProcessEnv,
  faultsOfFeatures: readonly string[] = [],
): Config {
  const faults: string[] = [...faultsOfFeatures]
  const values: Partial<Record<string, unknown>> = {}
  // Each by itself, so that one which is wrong does not hide what the others show together.
  for (const [name, kind] of Object.entries(environment)) {
    const { success, data, error } = kind.safeParse(env[name])
    if (success) values[name] = data
    else faults.push(...error.issues.map((issue) => faultOf(name, env[name], issue)))
  }
  faults.push(...appFaults(env), ...keyFaults(env), ...crossFaults(values))
  if (faults.length > 0) throw new ConfigError([...new Set(faults)])
  return toConfig(values as Environment)
}
