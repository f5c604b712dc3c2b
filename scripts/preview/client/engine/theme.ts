/**
 * Dark mode: `@name` in the configuration refers to a value of theme.json. Only a mini-program with
 * `"darkmode": true` gets the dark theme.
 * https://developers.weixin.qq.com/miniprogram/dev/framework/ability/darkmode.html
 */
import { settings } from '../settings'
import type { Program } from './program'

type JsonObject = Record<string, unknown>

function replaceNames(config: JsonObject, values: JsonObject): void {
  for (const [key, value] of Object.entries(config)) {
    if (typeof value === 'string' && value.startsWith('@')) config[key] = values[value.slice(1)]
  }
}

/** Inserts the theme's values into the configuration; returns the theme of the page. */
export function resolveTheme(program: Program): 'light' | 'dark' {
  const theme = program.config['darkmode'] === true ? settings.theme : 'light'
  const values = (program.theme[theme] ?? {}) as JsonObject
  replaceNames(program.config.window ?? {}, values)
  replaceNames(program.config.tabBar ?? {}, values)
  const items = program.config.tabBar?.['list']
  for (const item of Array.isArray(items) ? (items as JsonObject[]) : []) replaceNames(item, values)
  for (const unit of program.units) replaceNames(unit.config, values)
  return theme
}
