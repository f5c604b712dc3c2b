/** Parses and checks the command line. Missing options stay undefined. */
import { isRealAppid } from '../../lib/project/project-config'
import { parseCommand } from '../../lib/parse-command'
import { UserError } from '../../lib/user-error'
import { BACKENDS, FRAMEWORKS } from '../choices'
import type { Backend, Framework } from '../choices'
import { texts } from './texts'

const OPTIONS = {
  framework: { type: 'string' },
  backend: { type: 'string' },
  'backend-url': { type: 'string' },
  appid: { type: 'string' },
  yes: { type: 'boolean', short: 'y', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** The options given so far. */
export interface Given {
  dir?: string | undefined
  framework?: Framework | undefined
  backend?: Backend | undefined
  /** An origin on this computer; '' for the example backend. */
  backendUrl?: string | undefined
  /** '' for none. */
  appid?: string | undefined
}

/** The complete options of a project. */
export type Choices = { [Name in keyof Given]-?: NonNullable<Given[Name]> }

const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])$/

/** @returns the error in an AppID; undefined when it is valid. '' means none. */
export function findAppidFault(appid: string): string | undefined {
  return appid === '' || isRealAppid(appid) ? undefined : texts.fault.appid(appid)
}

/** @returns the error in the address; undefined when it is valid. '' means the example backend. */
export function findUrlFault(text: string): string | undefined {
  if (text === '') return undefined
  const url = URL.canParse(text) ? new URL(text) : null
  const isOrigin =
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    LOOPBACK.test(url.hostname) &&
    text.replace(/\/$/, '') === url.origin
  return isOrigin ? undefined : texts.fault.urlShape(text)
}

function pick<T extends string>(
  value: string | undefined,
  all: readonly T[],
  explain: (value: string) => string,
): T | undefined {
  const found = all.find((one) => one === value)
  if (value !== undefined && found === undefined) throw new UserError(explain(value))
  return found
}

function read() {
  try {
    return parseCommand(OPTIONS, texts.usage, { maxWords: 1 })
  } catch (error) {
    throw new UserError(texts.fault.arguments((error as Error).message), { cause: error })
  }
}

/** @throws UserError that names the flag and its valid values. */
export function readOptions(): { given: Given; yes: boolean; help: boolean } {
  const { words, yes, help, appid, 'backend-url': url, ...named } = read()
  const framework = pick(named.framework, FRAMEWORKS, texts.fault.framework)
  const backend = pick(named.backend, BACKENDS, texts.fault.backend)
  const fault = findAppidFault(appid ?? '') ?? findUrlFault(url ?? '')
  if (fault !== undefined) throw new UserError(fault)
  if (url !== undefined && backend === 'ours') throw new UserError(texts.fault.urlNeedsOwn)
  const backendUrl = url?.replace(/\/$/, '')
  return { given: { dir: words[0], framework, backend, backendUrl, appid }, yes, help }
}

/** Defaults for missing options: with --yes, and for optional ones. */
export function fillIn(given: Given): Choices {
  const { dir, framework, backend, backendUrl, appid } = given
  return {
    dir: dir ?? 'wechat-login-app',
    framework: framework ?? 'native',
    backend: backend ?? (backendUrl === undefined ? 'ours' : 'own'),
    backendUrl: backendUrl ?? '',
    appid: appid ?? '',
  }
}

/** The flags that are required when there is no terminal to ask on. */
export function findMissing({ dir, framework, backend, backendUrl }: Given): string[] {
  return [
    ...(dir === undefined ? ['目录'] : []),
    ...(framework === undefined ? ['--framework native|uni-app|taro'] : []),
    ...(backend === undefined && backendUrl === undefined ? ['--backend ours|own'] : []),
  ]
}
