/**
 * Connects glass-easel to this page. Built-ins become `wx-…` elements, inline rpx become lengths of
 * the phone, each DOM event reaches the mini-program once, and mouse, finger and keyboard all
 * produce taps: elements with the role of a button or link can be focused and pressed by keys.
 */
import * as glassEasel from 'glass-easel'
import { convertLengths } from '../../build/lengths'
import { toElementName } from '../../build/tag-names'
import { playAnimation } from './animation'
import { toDashes } from './attribute-names'
import { elementOf } from './geometry'
import { followLongPresses, noteListener, takeSpentTap } from './long-press'
import { withTap } from './tap'
import { toPagePoint, touchByMouse, touchesOf } from './touches'

type EaselElement = glassEasel.Element
type ModelListener = (value: unknown) => void

/** DOM events that a mini-program may bind directly; our own elements send all others. */
const domEvents = new Set([
  'touchstart',
  'touchmove',
  'touchend',
  'touchcancel',
  'transitionend',
  'animationstart',
  'animationiteration',
  'animationend',
])

/**
 * Elements that Enter and Space press: our built-ins, and anything with the role of a button or
 * link.
 */
const pressedByKeys = ['button', 'link', 'checkbox', 'radio', 'switch']
  .map((role) => `[role=${role}]`)
  .join()

const modelListeners = new WeakMap<Element, Map<string, ModelListener>>()
const unknownTags = new Set<string>()
const knownTags = new Set<string>()

/** Registers the known tags: built-ins and the mini-program's own components. */
export function addKnownTags(tags: Iterable<string>): void {
  for (const tag of tags) knownTags.add(tag)
}

/** The glass-easel node of a DOM element, or null. */
export function nodeOf(element: Element): EaselElement | null {
  return (element as { __wxElement?: EaselElement }).__wxElement ?? null
}

/** Sends an event of a built-in to the mini-program. */
export function emit(element: Element, type: string, detail: unknown, bubbles = false): void {
  const node = nodeOf(element)
  if (node !== null) glassEasel.triggerEvent(node, type, detail, { bubbles, composed: bubbles })
}

/** Writes a value back through `model:…`, if the mini-program bound it that way. */
export function updateModel(element: Element, attribute: string, value: unknown): void {
  modelListeners.get(element)?.get(attribute)?.(value)
}

/** WXML's aria-role is HTML's role; a button or link by role also needs a tab stop. */
function setRole(element: Element, role: string): void {
  element.setAttribute('role', role)
  if (!/^(button|link)$/.test(role) || element.hasAttribute('tabindex')) return
  element.setAttribute('tabindex', '0')
}

/**
 * An attribute bound to undefined or null counts as absent; so does `hidden` with any falsy value.
 */
function isAbsent(element: Element, name: string, value: string): boolean {
  if (name !== 'hidden' && value !== '') return false
  const bound: unknown = nodeOf(element)?.getAttribute(name) ?? null
  return name === 'hidden' ? bound === 0 || bound === '' || bound === null : bound === null
}

function createElement(tag: string): Element {
  const element = document.createElement(toElementName(tag))
  const setAttribute = element.setAttribute.bind(element)
  const removeAttribute = element.removeAttribute.bind(element)
  element.removeAttribute = (name) => removeAttribute(toDashes(name))
  element.setAttribute = (name, value) => {
    if (name === 'aria-role') setRole(element, value)
    else if (name === 'animation') void playAnimation(element, nodeOf(element)?.getAttribute(name))
    else if (isAbsent(element, name, value)) removeAttribute(toDashes(name))
    else setAttribute(toDashes(name), name === 'style' ? convertLengths(value) : value)
  }
  if (!knownTags.has(tag)) {
    setAttribute('pv-unbuilt', tag)
    if (!unknownTags.has(tag)) console.warn(`<${tag}> is not built in the preview`)
    unknownTags.add(tag)
  }
  return element
}

/** The element that blocks a tap: a disabled button, or a sheet above. */
function isTapRefused(event: Event): boolean {
  const target = event.target instanceof Element ? event.target : null
  return (target?.closest('wx-button[disabled]') ?? null) !== null
}

/** The position of a tap in its page's coordinates. */
function placeOf(target: Element, detail: unknown): unknown {
  if (typeof detail !== 'object' || detail === null || !('x' in detail)) return detail
  const { x, y } = detail as { x: number; y: number }
  const place = toPagePoint(target, x, y)
  return { x: place.x, y: place.y + place.scrollTop }
}

type Listener = Parameters<glassEasel.CurrentWindowBackendContext['onEvent']>[0]

const dispatch: Listener = (target, type, detail: unknown, options) => {
  const original = options.originalEvent
  const isTap = type === 'tap'
  if (isTap && original instanceof Event && isTapRefused(original)) return
  if (isTap && takeSpentTap()) return
  const element = elementOf(target)
  const extraFields = element === null ? {} : touchesOf(original, element)
  const place = element === null ? detail : placeOf(element, detail)
  const send = (): void => glassEasel.triggerEvent(target, type, place, { ...options, extraFields })
  if (isTap) withTap(send)
  else send()
  if (isTap && original instanceof Event && original.target instanceof Element) {
    original.target.dispatchEvent(new CustomEvent('pv-tap', { bubbles: true, detail }))
  }
}

/** Passes a pointer event to the mini-program, to its innermost element at `at`. */
function sendAt(event: MouseEvent, type: string, at = event.target): void {
  let element = at instanceof Element ? at : null
  while (element !== null && nodeOf(element) === null) element = element.parentElement
  const node = element === null ? null : nodeOf(element)
  if (node === null) return
  const options = { bubbles: true, composed: true, capturePhase: true, originalEvent: event }
  void dispatch(node, type, { x: event.clientX, y: event.clientY }, options)
}

/** Clicks by Enter, Space or script have no pointer event; they are taps too. */
function tapByKeyboard(event: MouseEvent): void {
  if (event.detail === 0) sendAt(event, 'tap')
}

/** The keys that click an HTML button also click a mini-program's button. */
function clickByKeys(event: KeyboardEvent): void {
  const { key, target } = event
  if ((key !== 'Enter' && key !== ' ') || !(target instanceof HTMLElement)) return
  if (nodeOf(target) === null || !target.matches(pressedByKeys)) return
  event.preventDefault()
  target.click()
}

class PhoneBackend extends glassEasel.CurrentWindowBackendContext {
  constructor(private readonly screen: HTMLElement) {
    super()
    // Our version creates the same DOM nodes under other names.
    this.document = {
      createElement,
      createTextNode: (text: string) => document.createTextNode(text),
      createDocumentFragment: () => document.createDocumentFragment(),
    } as unknown as typeof this.document
  }

  override getWindowWidth(): number {
    return this.screen.clientWidth
  }

  override getWindowHeight(): number {
    return this.screen.clientHeight
  }

  override setListenerStats(
    ...parameters: Parameters<glassEasel.CurrentWindowBackendContext['setListenerStats']>
  ): void {
    noteListener(parameters[0] as unknown as Element, parameters[1])
    if (domEvents.has(parameters[1])) super.setListenerStats(...parameters)
  }

  override setModelBindingStat(
    element: Parameters<glassEasel.CurrentWindowBackendContext['setModelBindingStat']>[0],
    attribute: string,
    listener: ModelListener | null,
  ): void {
    const host = element as unknown as Element
    const bound = modelListeners.get(host) ?? new Map<string, ModelListener>()
    modelListeners.set(host, bound)
    if (listener === null) bound.delete(attribute)
    else bound.set(attribute, listener)
  }
}

/** Creates the backend; one per page lifetime. */
export function createBackend(screen: HTMLElement): glassEasel.CurrentWindowBackendContext {
  const backend = new PhoneBackend(screen)
  backend.onEvent(dispatch)
  screen.addEventListener('click', tapByKeyboard)
  screen.addEventListener('keydown', clickByKeys)
  touchByMouse(screen, sendAt)
  followLongPresses(screen, sendAt)
  return backend
}
