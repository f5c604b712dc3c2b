/**
 * The global `Component`, `Page` and `Behavior` while a script of the mini-program runs: glass-easel's
 * own, with the behaviors that WeChat knows by name (`wx://form-field`) put in.
 * https://developers.weixin.qq.com/miniprogram/dev/framework/custom-component/behaviors.html
 */
import { reportGap } from '../reports'

type Definition = Record<string, unknown>
type Define = (definition?: Definition) => unknown

interface Globals {
  Component: Define
  Page: Define
  Behavior: Define
}

/** What the named behaviors add to a component. */
const named: Record<string, Definition> = {
  'wx://form-field': { properties: { name: String, value: null } },
  'wx://form-field-group': {},
  'wx://form-field-button': {},
  'wx://component-export': {},
}

function replaceNamed(define: Define, behavior: unknown): unknown[] {
  if (typeof behavior !== 'string') return [behavior]
  const definition = named[behavior]
  if (definition !== undefined) return [define(definition)]
  reportGap(`behavior ${behavior}`)
  return []
}

function withNamed(define: Define, behavior: Define): Define {
  return (definition) => {
    if (definition === undefined) return define()
    const { behaviors } = definition
    if (!Array.isArray(behaviors)) return define(definition)
    const replaced = behaviors.flatMap((one) => replaceNamed(behavior, one))
    return define({ ...definition, behaviors: replaced })
  }
}

/** Wraps the globals that glass-easel has just put in place. */
export function wrapDefinitions(): void {
  const globals = globalThis as unknown as Globals
  const { Component, Page, Behavior } = globals
  const behavior = Object.assign(withNamed(Behavior, Behavior), Behavior)
  Object.assign(globals, {
    Component: withNamed(Component, Behavior),
    Page: withNamed(Page, Behavior),
    Behavior: behavior,
  })
}
