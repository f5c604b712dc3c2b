/**
 * Allows components as values of `setData`, for example a form that stores its items. glass-easel
 * deep-copies values, and for an instance it would copy the whole page endlessly; so a substitute
 * with the instance's data and methods is copied.
 */
import { component, glassEasel } from 'glass-easel-miniprogram-adapter'

type Data = Record<string, unknown>

const isInstance = (value: unknown): value is Data =>
  typeof value === 'object' &&
  value !== null &&
  '_$' in value &&
  glassEasel.Component.isComponent(value._$)

function createStandIn(instance: Data): Data {
  const { id, is, dataset, data, properties } = instance
  const standIn: Data = { id, is, dataset, data, properties }
  // Methods are inherited.
  for (const name in instance) {
    const member = instance[name]
    if (typeof member === 'function') standIn[name] = member.bind(instance) as unknown
  }
  return standIn
}

function replace(value: unknown): unknown {
  if (isInstance(value)) return createStandIn(value)
  return Array.isArray(value) && value.some(isInstance) ? value.map(replace) : value
}

/** Replaces a component by its substitute in every `setData`, whether single or in a list. */
export function acceptInstances(): void {
  const { prototype } = component.ComponentCaller
  // eslint-disable-next-line @typescript-eslint/unbound-method -- is called with each instance
  const { setData } = prototype
  prototype.setData = function (data: Data, callback?: () => void) {
    const entries = Object.entries(data).map(([path, value]) => [path, replace(value)] as const)
    setData.call(this, Object.fromEntries(entries), callback)
  }
}
