/**
 * Everything a developer must see: errors of the mini-program, APIs that are not built, and console
 * output. Kept as a list for the console tab; errors and missing features are also shown on the
 * phone.
 */

type Level = 'log' | 'info' | 'warn' | 'error' | 'debug'

/** One line of the console tab. */
export interface Report {
  level: Level
  atMs: number
  text: string
  /** Written by the mini-program, caught by the preview, or found in the sources. */
  kind: 'own' | 'exception' | 'fault'
  /** Where an exception was caught: `pages/a/a onLoad`. */
  place: string
}

const reports: Report[] = []
// scripts/preview/report/tab.ts reads it from outside.
Object.assign(globalThis, { __previewReports: reports })
const listeners = new Set<(report: Report) => void>()
const noticed = new Set<string>()
let showNotice: (text: string) => void = () => undefined

function describe(value: unknown): string {
  if (value instanceof Error) return value.stack ?? `${value.name}: ${value.message}`
  if (typeof value === 'string') return value
  try {
    const json: unknown = JSON.stringify(value)
    return typeof json === 'string' ? json : String(value)
  } catch {
    return String(value)
  }
}

function add(
  level: Level,
  values: readonly unknown[],
  kind: Report['kind'] = 'own',
  place = '',
): void {
  const report = { level, atMs: Date.now(), text: values.map(describe).join(' '), kind, place }
  reports.push(report)
  for (const listener of listeners) listener(report)
}

/** The `console` of the mini-program: writes to the browser's console and to the console tab. */
export const miniProgramConsole: Console = new Proxy(console, {
  get(target, name: keyof Console) {
    const original: unknown = Reflect.get(target, name)
    const levels: readonly string[] = ['log', 'info', 'warn', 'error', 'debug']
    if (typeof original !== 'function' || !levels.includes(name)) return original
    return (...values: unknown[]) => {
      add(name as Level, values)
      Reflect.apply(original, target, values)
    }
  },
})

/** An exception of the mini-program, with the place where it was caught. */
export function reportError(place: string, error: unknown): void {
  add('error', [`${place}:`, error], 'exception', place)
  console.error(`${place}:`, error)
}

/** A fault in the sources. */
export function reportFault(level: 'error' | 'warn', text: string): void {
  add(level, [text], 'fault')
  console[level](text)
}

/** A WeChat feature that the preview lacks: reported once, in the page and in the console. */
export function reportGap(what: string): void {
  if (noticed.has(what)) return
  noticed.add(what)
  add('warn', [`${what} is not built in the preview`])
  showNotice(`${what} 在预览中没有实现`)
}

/** Reports refused requests once per host. `advice` names the options that allow it. */
export function reportRefusal(host: string, advice: string): void {
  if (noticed.has(host)) return
  noticed.add(host)
  add('warn', [advice], 'fault')
  console.warn(advice)
  showNotice(`${host} 不在本机：用 --mock 回答它的请求，或用 --allow 放行`)
}

/** Shows a sentence on the phone. */
export function reportNotice(text: string): void {
  showNotice(text)
}

/** Sets how missing features are shown on the phone. */
export function onNotice(show: (text: string) => void): void {
  showNotice = show
}

/** All lines so far, and every new one from now on. */
export function onReport(listener: (report: Report) => void): readonly Report[] {
  listeners.add(listener)
  return reports
}
