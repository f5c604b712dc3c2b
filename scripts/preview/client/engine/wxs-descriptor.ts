/**
 * The descriptor of a node or component for event handlers in WXS: it changes styles and classes in
 * addition to the WXML's own, and calls the component's methods.
 * https://developers.weixin.qq.com/miniprogram/dev/framework/view/interactive-animation.html
 */
import type * as glassEasel from 'glass-easel'
import { elementOf, measure } from './geometry'

type Segment = Parameters<glassEasel.Element['setNodeStyle']>[1]

/** The segment of styles and classes that the template never touches. */
const OWN_SEGMENT = 3 as unknown as NonNullable<Segment>
/** The template's own segment, and that one. */
const SEGMENTS = [0 as unknown as NonNullable<Segment>, OWN_SEGMENT]

type Styles = string | Record<string, string | number>

const formatStyles = (styles: Styles): string =>
  typeof styles === 'string'
    ? styles
    : Object.entries(styles)
        .map(([name, value]) => `${name}: ${String(value)}`)
        .join('; ')

const states = new WeakMap<glassEasel.Element, object>()
const descriptors = new WeakMap<glassEasel.Element, ComponentDescriptor>()

/** Returns the same descriptor for the same node. */
export function describeForWxs(node: glassEasel.Element): ComponentDescriptor {
  const known = descriptors.get(node) ?? new ComponentDescriptor(node)
  descriptors.set(node, known)
  return known
}

class ComponentDescriptor {
  constructor(private readonly node: glassEasel.Element) {}

  selectComponent(selector: string): ComponentDescriptor | null {
    const found = this.root()?.querySelector(selector) ?? null
    return found === null ? null : describeForWxs(found)
  }

  selectAllComponents(selector: string): ComponentDescriptor[] {
    return (this.root()?.querySelectorAll(selector) ?? []).map(describeForWxs)
  }

  setStyle(styles: Styles): this {
    this.node.setNodeStyle(formatStyles(styles), OWN_SEGMENT)
    return this
  }

  addClass(name: string): this {
    this.node.classList?.toggle(name, true, OWN_SEGMENT)
    return this
  }

  removeClass(name: string): this {
    for (const segment of SEGMENTS) this.node.classList?.toggle(name, false, segment)
    return this
  }

  hasClass(name: string): boolean {
    return SEGMENTS.some((segment) => this.node.classList?.contains(name, segment) === true)
  }

  getDataset(): object {
    return { ...this.node.dataset }
  }

  /** Calls a method of the component, or of the component whose WXML contains the node. */
  callMethod(name: string, value?: unknown): void {
    const component = this.component()
    const method: unknown = component === null ? null : Reflect.get(component, name)
    if (typeof method === 'function') Reflect.apply(method, component, [value])
  }

  /** An object in which scripts can store state. */
  getState(): object {
    const state = states.get(this.node) ?? {}
    states.set(this.node, state)
    return state
  }

  triggerEvent(name: string, detail?: unknown, options?: object): void {
    this.node.triggerEvent(name, detail, options)
  }

  getComputedStyle(names: string[]): object {
    const element = elementOf(this.node)
    if (element === null) return {}
    const style = getComputedStyle(element)
    return Object.fromEntries(names.map((name) => [name, String(Reflect.get(style, name))]))
  }

  getBoundingClientRect(): object {
    const element = elementOf(this.node)
    return element === null ? {} : measure(element)
  }

  requestAnimationFrame(callback: () => void): void {
    requestAnimationFrame(() => callback())
  }

  setTimeout(callback: () => void, ms: number): number {
    return window.setTimeout(callback, ms)
  }

  clearTimeout(id: number): void {
    window.clearTimeout(id)
  }

  private root(): glassEasel.ShadowRoot | null {
    const { node } = this
    const own =
      'getShadowRoot' in node ? (node as glassEasel.GeneralComponent).getShadowRoot() : null
    return own ?? node.ownerShadowRoot
  }

  private component(): object | null {
    const { node } = this
    const owner = 'getMethodCaller' in node ? node : node.ownerShadowRoot?.getHostNode()
    return owner === undefined ? null : (owner as glassEasel.GeneralComponent).getMethodCaller()
  }
}
