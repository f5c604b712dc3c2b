/**
 * Turns environment variables into a checked configuration. All wrong values are reported together, by
 * the variable's name and never by its value. Nothing here reads process.env; main.ts passes it in.
 */
import * as z from 'zod'
import { dataKeys, jwtSecrets, jwtSigningKeys } from './keys'
import {
  appid,
  appList,
  databaseUrl,
  host,
  isLoopback,
  origin,
  redisUrl,
  secret,
  trustProxy,
  wholeNumber,
} from './values'
import { parseVariables } from './variables'
import type { Report, VariablesOf } from './variables'
import { SetupError } from '../operator-error'
import type { WechatApp } from '../wechat/wechat-app'

/** Thrown by parseConfig; each of the `faults` is a text `NAME: what is wrong and what to do`. */
export class ConfigError extends SetupError {
  constructor(readonly faults: string[]) {
    super(`The configuration is not valid:\n${faults.map((fault) => `  ${fault}`).join('\n')}`)
  }
}

const DAY_MS = 86_400_000
const IDLE_DAYS = 7

const trueOrFalse = z
  .enum(['true', 'false'], 'must be true or false')
  .transform((text) => text === 'true')

const environment = {
  HOST: host.default('127.0.0.1'),
  PORT: wholeNumber(0, 65_535).default(3000),
  NODE_ENV: z.string().min(1, 'must not be empty').optional(),
  WECHAT_APPID: appid.optional(),
  WECHAT_APPSECRET: secret.optional(),
  WECHAT_APPS: appList.optional(),
  WECHAT_API_BASE: origin.default('https://api.weixin.qq.com'),
  WECHAT_TIMEOUT_MS: wholeNumber(100, 60_000).default(3000),
  DATABASE_URL: databaseUrl.default('file:./data/app.db'),
  REDIS_URL: redisUrl.optional(),
  JWT_SECRETS: jwtSecrets.optional(),
  JWT_SIGNING_KEY: jwtSigningKeys.optional(),
  DATA_KEYS: dataKeys,
  SESSION_IDLE_DAYS: wholeNumber(1, 3650).optional(),
  SESSION_MAX_DAYS: wholeNumber(1, 3650).default(30),
  PUBLIC_URL: origin.optional(),
  EXPOSE_OPENID: trueOrFalse.default(true),
  CONTENT_CHECK: z
    .enum(['lenient', 'strict', 'off'], 'must be lenient, strict or off')
    .default('lenient'),
  TRUST_PROXY: trustProxy.default(0),
  TRUST_CLOUD_HEADERS: trueOrFalse.default(false),
  /** 微信云托管 sets it in each of its containers, so it tells that this process runs in one. */
  CBR_ENV_ID: z.string().default(''),
  LOG_LEVEL: z
    .enum(
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace'],
      'must be a pino level, such as info',
    )
    .default('info'),
  METRICS_HOST: host.default('127.0.0.1'),
  METRICS_PORT: wholeNumber(0, 65_535).optional(),
}

type Environment = VariablesOf<typeof environment>

/** Finds what is missing or given in two ways: the apps, and the keys that sign tokens. */
function missingFaults(env: NodeJS.ProcessEnv, trustsCloud: boolean): string[] {
  const isUnset = (name: string): boolean => env[name] === undefined
  const single = ['WECHAT_APPID', 'WECHAT_APPSECRET']
  const faults: string[] = []
  if (!isUnset('WECHAT_APPS') && !single.every(isUnset)) {
    faults.push('WECHAT_APPS: set either it, or WECHAT_APPID and WECHAT_APPSECRET')
  }
  // WeChat's cloud identifies the person, so no AppSecret is needed.
  const needed = trustsCloud ? ['WECHAT_APPID'] : single
  if (isUnset('WECHAT_APPS')) {
    faults.push(...needed.filter(isUnset).map((name) => `${name}: is missing`))
  }
  if (isUnset('JWT_SECRETS') && isUnset('JWT_SIGNING_KEY')) faults.push('JWT_SECRETS: is missing')
  return faults
}

function appFaults(values: Partial<Environment>): string[] {
  const { WECHAT_APPS: apps = [], TRUST_CLOUD_HEADERS: trustsCloud, PUBLIC_URL: url } = values
  const faults: string[] = []
  if (url === undefined && apps.some(({ type }) => type !== 'miniprogram')) {
    faults.push('PUBLIC_URL: is needed, since WECHAT_APPS names an app of type official or website')
  }
  const needsSecret = ({ type }: WechatApp) => type !== 'miniprogram' || trustsCloud !== true
  if (apps.some((app) => app.secret === null && needsSecret(app))) {
    faults.push(
      'WECHAT_APPS: every app needs a secret; a miniprogram none with TRUST_CLOUD_HEADERS',
    )
  }
  return faults
}

/** Finds faults that only several variables together show. @param values the valid variables. */
function crossFaults(values: Partial<Environment>): string[] {
  const faults = appFaults(values)
  const { WECHAT_API_BASE: base = '', SESSION_IDLE_DAYS: idle, SESSION_MAX_DAYS: max } = values
  if (values.NODE_ENV === 'production' && base.startsWith('http:')) {
    faults.push('WECHAT_API_BASE: the sandbox is refused with NODE_ENV=production')
  }
  if (idle !== undefined && max !== undefined && idle > max) {
    faults.push('SESSION_IDLE_DAYS: must not be larger than SESSION_MAX_DAYS, 30 by default')
  }
  // Refuse a public address: clients that reach it directly can forge the identity headers.
  const isReachable = !isLoopback(values.HOST ?? '') && values.CBR_ENV_ID === ''
  if (values.TRUST_CLOUD_HEADERS === true && isReachable) {
    faults.push(
      'TRUST_CLOUD_HEADERS: is refused, since HOST is public and this is no container of 微信云托管 (which ' +
        'sets CBR_ENV_ID): anyone could name anyone. Remove it, or set HOST=127.0.0.1 behind a gateway',
    )
  }
  const { PORT: port, METRICS_PORT: metricsPort = 0 } = values
  if (metricsPort !== 0 && metricsPort === port) {
    faults.push('METRICS_PORT: must be another port than PORT')
  }
  return faults
}

function toConfig(env: Environment) {
  const { WECHAT_APPID: appid = '', WECHAT_APPSECRET: secret = null } = env
  const apps: WechatApp[] = env.WECHAT_APPS ?? [{ appid, secret, type: 'miniprogram' }]
  const idleDays = env.SESSION_IDLE_DAYS ?? Math.min(IDLE_DAYS, env.SESSION_MAX_DAYS)
  return {
    host: env.HOST,
    port: env.PORT,
    apps,
    wechatApiBase: env.WECHAT_API_BASE,
    wechatTimeoutMs: env.WECHAT_TIMEOUT_MS,
    databaseUrl: env.DATABASE_URL,
    redisUrl: env.REDIS_URL ?? null,
    /** May be empty with a signing key. */
    jwtSecrets: env.JWT_SECRETS ?? [],
    /** The first key signs tokens instead of the first secret; all keys verify. */
    jwtSigningKeys: env.JWT_SIGNING_KEY ?? [],
    dataKeys: env.DATA_KEYS,
    sessionIdleMs: idleDays * DAY_MS,
    sessionMaxMs: env.SESSION_MAX_DAYS * DAY_MS,
    exposeOpenid: env.EXPOSE_OPENID,
    /** An origin, for the URLs of avatars; null uses the origin of the request. */
    publicUrl: env.PUBLIC_URL ?? null,
    contentCheck: env.CONTENT_CHECK,
    /** A number of proxies, or the CIDR blocks that are proxies. */
    trustProxy: env.TRUST_PROXY,
    /** Trust WeChat's cloud in front of this service, which identifies the caller in X-WX-* headers. */
    trustCloudHeaders: env.TRUST_CLOUD_HEADERS,
    logLevel: env.LOG_LEVEL,
    metricsHost: env.METRICS_HOST,
    metricsPort: env.METRICS_PORT ?? null,
  }
}

export type Config = ReturnType<typeof toConfig>

/**
 * @param env in the form of process.env; variables that are not ours are ignored.
 * @param faultsOfFeatures faults that features found in their own variables; reported with the others.
 * @throws ConfigError naming every fault.
 */
export function parseConfig(
  env: NodeJS.ProcessEnv,
  faultsOfFeatures: readonly string[] = [],
): Config {
  const faults: string[] = [...faultsOfFeatures]
  const report: Report = (name, message) => void faults.push(`${name}: ${message}`)
  const values = parseVariables(environment, env, report)
  faults.push(...missingFaults(env, values.TRUST_CLOUD_HEADERS === true), ...crossFaults(values))
  if (faults.length > 0) throw new ConfigError([...new Set(faults)])
  return toConfig(values as Environment)
}
