/**
 * The base of the built-in components: custom elements that glass-easel treats as native nodes.
 * Attributes keep the values bound in the WXML, including objects and booleans.
 */
import { toCamelCase } from '../engine/attribute-names'
import { emit, nodeOf, updateModel } from '../engine/backend'

/** A built-in component. */
export abstract class WxElement extends HTMLElement {
  private isBuilt = false

  /** Fills the element once, when it first enters the page. */
  protected abstract build(): void

  /** Called after an observed attribute changed. */
  protected update(_name: string): void {
    // Most built-ins are styled by their attributes only.
  }

  connectedCallback(): void {
    if (this.isBuilt) return
    this.isBuilt = true
    this.build()
  }

  attributeChangedCallback(name: string): void {
    if (this.isBuilt) this.update(name)
  }

  /**
   * The value bound in the WXML as `some-name` or `someName`, not converted to text; undefined when
   * absent.
   */
  protected value(name: string): unknown {
    if (!this.hasAttribute(name)) return undefined
    const node = nodeOf(this)
    return node?.getAttribute(name) ?? node?.getAttribute(toCamelCase(name)) ?? undefined
  }

  /** The attribute as text; '' when absent. */
  protected text(name: string): string {
    const value = this.value(name)
    return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
  }

  /** Whether the attribute is truthy; the text `"false"` counts as true, as in WeChat. */
  protected flag(name: string): boolean {
    return Boolean(this.value(name) ?? false)
  }

  /** Whether it is bound to false, which leaves no attribute on the element: its node is asked. */
  protected isOff(name: string): boolean {
    return nodeOf(this)?.getAttribute(name) === false
  }

  /** The page or component whose WXML holds this element: `pages/index/index`. */
  protected ownerPath(): string {
    return nodeOf(this)?.ownerShadowRoot?.getHostNode().is ?? ''
  }

  /** Sends an event to the mini-program. */
  protected emit(type: string, detail: unknown = {}, bubbles = false): void {
    emit(this, type, detail, bubbles)
  }

  /** Writes a value back through `model:name`. */
  protected write(name: string, value: unknown): void {
    updateModel(this, name, value)
  }
}

/** A control whose value a form collects. */
export interface FormControl extends HTMLElement {
  formValue(): unknown
  reset(): void
}

/** Whether a form collects the element's value. */
export function isFormControl(element: Element): element is FormControl {
  return typeof (element as Partial<FormControl>).formValue === 'function'
}
