/**
 * `createSelectorQuery`: measures nodes in the coordinates of their page, and returns canvases.
 * https://developers.weixin.qq.com/miniprogram/dev/api/wxml/SelectorQuery.html
 */
import * as glassEasel from 'glass-easel'
import { toDashes } from './attribute-names'
import { elementOf, findPageBody, findRoot, findScroller, measure } from './geometry'
import { findNodeApi } from './node-api'

/** A page or component as its scripts see it. */
export interface Instance {
  _$: glassEasel.GeneralComponent
}

interface Fields {
  id?: boolean
  dataset?: boolean
  mark?: boolean
  rect?: boolean
  size?: boolean
  scrollOffset?: boolean
  properties?: string[]
  computedStyle?: string[]
  context?: boolean
  node?: boolean
}

type Result = Record<string, unknown>
type Callback = (result: unknown) => void

interface Request {
  within: Instance | null
  /** null stands for the page's visible area. */
  selector: string | null
  isSingle: boolean
  fields: Fields
  callback: Callback | undefined
}

function readProperty(node: glassEasel.Element, name: string): unknown {
  if (glassEasel.Component.isComponent(node)) {
    return (node.data as Record<string, unknown>)[name]
  }
  return node.getAttribute(toDashes(name)) ?? node.getAttribute(name)
}

function readScroll(element: HTMLElement): Result {
  const { scrollLeft, scrollTop, scrollWidth, scrollHeight } = element
  return { scrollLeft, scrollTop, scrollWidth, scrollHeight }
}

function readStyles(element: HTMLElement, names: readonly string[]): Result {
  const style = getComputedStyle(element)
  return Object.fromEntries(
    names.map((name) => [name, style.getPropertyValue(toDashes(name))] as const),
  )
}

const nowhere = { left: 0, top: 0, right: 0, bottom: 0, width: 0, height: 0 }

function readBox(element: HTMLElement | null, fields: Fields): Result {
  const result: Result = {}
  const rect = element === null ? nowhere : measure(element)
  const { left, top, right, bottom, width, height } = rect
  if (fields.rect === true) Object.assign(result, { left, top, right, bottom })
  if (fields.size === true) Object.assign(result, { width, height })
  return result
}

function describeNode(node: glassEasel.Element, fields: Fields): Result {
  const element = elementOf(node)
  const result = readBox(element, fields)
  if (fields.id === true) result['id'] = node.id
  if (fields.dataset === true) result['dataset'] = { ...node.dataset }
  if (fields.mark === true) result['mark'] = node.collectMarks()
  for (const name of fields.properties ?? []) result[name] = readProperty(node, name)
  if (element === null) return result
  if (fields.scrollOffset === true) Object.assign(result, readScroll(element))
  Object.assign(result, readStyles(element, fields.computedStyle ?? []))
  if (fields.node === true) result['node'] = findNodeApi(element)
  if (fields.context === true) result['context'] = findNodeApi(element)
  return result
}

function describeViewport(within: Instance, fields: Fields): Result {
  const page = elementOf(findRoot(within._$))
  const result = readBox(page === null ? null : findPageBody(page), fields)
  if (fields.id === true) result['id'] = ''
  if (fields.dataset === true) result['dataset'] = {}
  const scroller = page === null ? null : findScroller(page)
  if (fields.scrollOffset === true && scroller !== null) {
    Object.assign(result, readScroll(scroller))
  }
  return result
}

function answer({ within, selector, isSingle, fields }: Request): unknown {
  if (within === null) return isSingle ? null : []
  if (selector === null) return describeViewport(within, fields)
  const root = within._$.getShadowRoot()
  if (isSingle) {
    const node = root?.querySelector(selector) ?? null
    return node === null ? null : describeNode(node, fields)
  }
  return (root?.querySelectorAll(selector) ?? []).map((node) => describeNode(node, fields))
}

/** The result of `select`; each method adds one question to the query. */
class NodesRef {
  constructor(
    private readonly query: SelectorQuery,
    private readonly target: Pick<Request, 'within' | 'selector' | 'isSingle'>,
  ) {}

  fields(fields: Fields, callback?: Callback): SelectorQuery {
    return this.query.add({ ...this.target, fields, callback })
  }

  boundingClientRect(callback?: Callback): SelectorQuery {
    return this.fields({ id: true, dataset: true, rect: true, size: true }, callback)
  }

  scrollOffset(callback?: Callback): SelectorQuery {
    return this.fields({ id: true, dataset: true, scrollOffset: true }, callback)
  }

  context(callback?: Callback): SelectorQuery {
    return this.fields({ context: true }, callback)
  }

  node(callback?: Callback): SelectorQuery {
    return this.fields({ node: true }, callback)
  }
}

/** A list of questions that `exec` answers together in a later task, in order. */
export class SelectorQuery {
  private readonly requests: Request[] = []

  /** `within` is null while no page is open; then every answer is null. */
  constructor(private within: Instance | null) {}

  /** Restricts the query to this component. */
  in(component: Instance | null | undefined): this {
    this.within = component ?? this.within
    return this
  }

  select(selector: string): NodesRef {
    return new NodesRef(this, { within: this.within, selector, isSingle: true })
  }

  selectAll(selector: string): NodesRef {
    return new NodesRef(this, { within: this.within, selector, isSingle: false })
  }

  selectViewport(): NodesRef {
    return new NodesRef(this, { within: this.within, selector: null, isSingle: true })
  }

  /** Adds a question; used by NodesRef. */
  add(request: Request): this {
    this.requests.push(request)
    return this
  }

  exec(callback?: (results: unknown[]) => void): this {
    const requests = [...this.requests]
    setTimeout(() => {
      const results = requests.map((request) => answer(request))
      requests.forEach((request, index) => request.callback?.(results[index]))
      callback?.(results)
    })
    return this
  }
}
