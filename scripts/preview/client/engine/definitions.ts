/**
 * The globals `Component`, `Page` and `Behavior`. They stay the same objects for the whole run and
 * delegate to the unit that is currently loading, because frameworks keep references to them while
 * app.js is loaded. Includes the behaviors that WeChat knows by name (`wx://form-field`).
 * https://developers.weixin.qq.com/miniprogram/dev/framework/custom-component/behaviors.html
 */
import type { CodeSpace } from 'glass-easel-miniprogram-adapter'
import { miniProgramConsole, reportGap } from '../reports'
import { makeLenient } from './lenient-definition'

type Definition = Record<string, unknown>
type Define = (definition?: Definition) => unknown

interface Environment {
  Component: Define
  Page: Define
  Behavior: Define
}

/** The members that the named behaviors add to a component. */
const named: Record<string, Definition> = {
  'wx://form-field': { properties: { name: String, value: null } },
  'wx://form-field-group': {},
  'wx://form-field-button': {},
  'wx://component-export': {},
}

let current: Environment | null = null

function environment(): Environment {
  if (current === null) throw new Error('no script of the mini-program is running')
  return current
}

function replaceNamed(behavior: unknown): unknown[] {
  if (behavior === undefined || behavior === null) {
    miniProgramConsole.warn('a behavior is undefined and left out')
    return []
  }
  if (typeof behavior !== 'string') return [behavior]
  const definition = named[behavior]
  if (definition !== undefined) return [environment().Behavior(definition)]
  reportGap(`behavior ${behavior}`)
  return []
}

const delegate =
  (kind: keyof Environment): Define =>
  (definition) => {
    const define = environment()[kind]
    // Without a definition it returns a builder.
    if (definition === undefined) return define()
    const { behaviors, ...rest } = definition
    const lenient = makeLenient(rest)
    if (!Array.isArray(behaviors)) return define(lenient)
    return define({ ...lenient, behaviors: behaviors.flatMap(replaceNamed) })
  }

/** Installs the three globals; call it once, before any script runs. */
export function addDefinitions(): void {
  const trait = (...parameters: unknown[]): unknown => {
    const { Behavior } = environment() as unknown as { Behavior: { trait: Define } }
    return Reflect.apply(Behavior.trait, Behavior, parameters)
  }
  Object.assign(globalThis, {
    Component: delegate('Component'),
    Page: delegate('Page'),
    Behavior: Object.assign(delegate('Behavior'), { trait }),
  })
}

/** Runs a script as the unit at `path`: its definitions belong to that unit. */
export function runAsUnit(space: CodeSpace, path: string, run: () => unknown): void {
  space.componentEnv(path, (given) => {
    current = given as unknown as Environment
    run()
  })
}
