/**
 * Adapts a definition for glass-easel, which rejects what WeChat tolerates: an unknown property
 * type becomes any type, and a missing observer method or behavior is dropped with a warning.
 */
import { miniProgramConsole } from '../reports'

type Definition = Record<string, unknown>

const isObject = (value: unknown): value is Definition =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const types: readonly unknown[] = [
  String,
  Number,
  Boolean,
  Object,
  Array,
  Function,
  null,
  undefined,
]

/** Looks a method up at call time, because it may come from a behavior, or be added later. */
function byName(name: string) {
  return function observe(this: Definition, ...values: unknown[]): unknown {
    const method = this[name]
    if (typeof method === 'function') return Reflect.apply(method, this, values) as unknown
    miniProgramConsole.warn(`no method "${name}" for an observer of ${String(this['is'])}`)
    return undefined
  }
}

const toFunction = (value: unknown): unknown => (typeof value === 'string' ? byName(value) : value)

function relaxProperty(property: unknown): unknown {
  if (!isObject(property)) return types.includes(property) ? property : null
  const { type, observer, ...rest } = property
  const relaxed: Definition = { ...rest, type: types.includes(type) ? type : null }
  const observe = toFunction(observer)
  return typeof observe === 'function' ? { ...relaxed, observer: observe } : relaxed
}

const mapValues = (object: unknown, change: (value: unknown) => unknown): unknown =>
  isObject(object)
    ? Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]))
    : object

/** Keeps functions only; a lifetime may also be given by name. */
function keepFunctions(object: unknown): unknown {
  if (!isObject(object)) return undefined
  const entries = Object.entries(object).map(([name, value]) => [name, toFunction(value)] as const)
  return Object.fromEntries(entries.filter(([, value]) => typeof value === 'function'))
}

const changes: Record<string, (value: unknown) => unknown> = {
  properties: (value) => mapValues(value, relaxProperty),
  observers: (value) => (Array.isArray(value) ? (value as unknown) : keepFunctions(value)),
  lifetimes: keepFunctions,
  pageLifetimes: keepFunctions,
}

/** The definition without the parts that glass-easel rejects. */
export function makeLenient(definition: Definition): Definition {
  const lenient: Definition = {}
  // Inherited members of a definition count too.
  for (const name in definition) {
    const value = definition[name]
    if (value === undefined || value === null) continue
    lenient[name] = changes[name]?.(value) ?? value
  }
  return lenient
}
