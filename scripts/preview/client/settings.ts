/**
 * The values of the controls, such as the person, the base library and the network. The query
 * string presets them (`?sdk=2.16.0&user=alice&consent=allow`), otherwise the last choice is
 * remembered. Invalid values are replaced by the default.
 */

const consents = ['ask', 'allow', 'deny'] as const
const platforms = ['ios', 'android', 'ohos', 'windows', 'mac', 'devtools'] as const
const envVersions = ['develop', 'trial', 'release'] as const
const networks = ['normal', 'slow', 'offline'] as const
const themes = ['light', 'dark'] as const
const privacyStates = ['agreed', 'needed'] as const

/** One choice of every control. */
export interface Settings {
  /** Base library version, any `a.b.c`. */
  sdk: string
  /** The person using the phone: a short name, the sandbox's `user`. */
  user: string
  /** The answer to WeChat's sheets. */
  consent: (typeof consents)[number]
  platform: (typeof platforms)[number]
  env: (typeof envVersions)[number]
  network: (typeof networks)[number]
  theme: (typeof themes)[number]
  /** Whether the person has already accepted the privacy terms. */
  privacy: (typeof privacyStates)[number]
}

const STORAGE_KEY = 'preview:settings'

const defaults: Settings = {
  sdk: '3.17.0',
  user: 'alice',
  consent: 'ask',
  platform: 'ios',
  env: 'develop',
  network: 'normal',
  theme: 'light',
  privacy: 'agreed',
}

/** The sandbox's rule for names, as `pattern` and `maxlength` of a field. */
export const NAME_PATTERN = '[^\\p{Cc}\\p{Cs}\\/]+'
export const MAX_NAME_LENGTH = 64

const wholeName = new RegExp(`^${NAME_PATTERN}$`, 'u')

/** Whether the sandbox accepts this as a person's name. */
export const isName = (text: string): boolean =>
  text.length <= MAX_NAME_LENGTH && wholeName.test(text)

const isOneOf =
  (offered: readonly string[]) =>
  (value: string): boolean =>
    offered.includes(value)

const checks: Record<keyof Settings, (value: string) => boolean> = {
  sdk: (value) => /^\d+\.\d+\.\d+$/.test(value),
  user: isName,
  consent: isOneOf(consents),
  platform: isOneOf(platforms),
  env: isOneOf(envVersions),
  network: isOneOf(networks),
  theme: isOneOf(themes),
  privacy: isOneOf(privacyStates),
}

/** The settings that the query string may preset. */
export const settingNames = Object.keys(checks) as (keyof Settings)[]

function readRemembered(): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? '{}')
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

/** Reads the settings: query string first, then the remembered choice, then the default. */
function readSettings(query: string): Settings {
  const asked = new URLSearchParams(query)
  // The page in the query string is not a setting.
  const isPreset = settingNames.some((name) => asked.has(name))
  const remembered = isPreset ? {} : readRemembered()
  const chosen = settingNames.map((name): [string, string] => {
    const candidates = [asked.get(name), remembered[name]]
    const valid = candidates.find((value) => typeof value === 'string' && checks[name](value))
    return [name, typeof valid === 'string' ? valid : defaults[name]]
  })
  return Object.fromEntries(chosen) as unknown as Settings
}

/**
 * The query with this setting changed; the rest stays as written, because pages get their own part
 * unchanged.
 */
function withSetting(query: string, name: keyof Settings, value: string): string {
  const others = query
    .slice(1)
    .split('&')
    .filter((pair) => pair !== '' && pair.split('=')[0] !== name)
  return `?${[...others, `${name}=${encodeURIComponent(value)}`].join('&')}`
}

type Listener = (settings: Settings, changed: keyof Settings) => void
const listeners = new Set<Listener>()

/** The current settings. Change them only through `changeSetting`. */
export const settings: Settings = readSettings(window.location.search)

/** Sets one value, remembers it, writes it into the URL and notifies every listener. */
export function changeSetting<K extends keyof Settings>(name: K, value: Settings[K]): void {
  settings[name] = value
  localStorage.setItem(STORAGE_KEY, JSON.stringify(settings))
  window.history.replaceState(null, '', withSetting(window.location.search, name, value))
  for (const listener of listeners) listener(settings, name)
}

/** Calls `listener` after every change. */
export function onSettingsChange(listener: Listener): void {
  listeners.add(listener)
}
