/**
 * Renders one component or page of the mini-program: compiled from its own WXML and TypeScript by
 * miniprogram-simulate, with a `wx` and an `auth` that the test provides. Events are delivered
 * synchronously, so the synchronous part of a handler has run when `tap` returns.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type * as Simulate from 'miniprogram-simulate'
import type { Auth } from '../../../../miniprogram/auth/index'
import { createFakeWx } from './fake-wx'

const packageRoot = path.join(__dirname, '../../../../miniprogram')

interface FrameworkElement {
  triggerEvent(name: string, detail: object, options: object): void
  _vt: { attrs: { name: string; value: unknown }[] }
}

type StageNode = Element & { __wxElement: FrameworkElement }

interface Compiler {
  wxmlToJs(root: string): string
}

export interface Stage {
  readonly root: HTMLElement
  /** Calls a method of the component or page, such as `onPullDownRefresh`. */
  call(method: string): unknown
  /** The component's own data. */
  state(): Record<string, unknown>
  text(): string
  /** The first node with this class, as the WXSS writes it. */
  find(className: string): StageNode | null
  get(className: string): StageNode
  /** The button with exactly this text. */
  button(text: string): StageNode
  buttonTexts(): string[]
  fire(node: Element, event: string, detail?: object): void
  /** Taps the button, or else any element, with exactly this text. */
  tap(text: string): void
  attribute(node: Element, name: string): unknown
  /** The details of every event of this name that the component emitted since `listen`. */
  listen(event: string): object[]
  pageLifetime(name: string): void
  set(data: object): void
  leave(): void
}

export interface StageOptions {
  properties?: object
  wx?: object
  auth?: Auth
  /** A page's query. */
  query?: Record<string, string>
}

/** The official WXML compiler exists only for a few systems; its stand-in is plain JavaScript. */
function chooseCompiler(): 'official' | 'simulate' {
  const folder = mkdtempSync(path.join(tmpdir(), 'wxml-'))
  try {
    writeFileSync(path.join(folder, 'a.wxml'), '<view/>')
    jest.requireActual<Compiler>('miniprogram-compiler').wxmlToJs(folder)
    return 'official'
  } catch {
    return 'simulate'
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const compiler = chooseCompiler()

/**
 * `Page()` does not exist here: a page is a component whose lifetimes are called by their page
 * names.
 */
function registerPage(options: Record<string, unknown>, query: Record<string, string>): void {
  const entries = Object.entries(options).filter(([name]) => name !== 'data')
  const isMethod = ([, value]: [string, unknown]) => typeof value === 'function'
  const own = Object.fromEntries(entries.filter((entry) => !isMethod(entry)))
  const methods = Object.fromEntries(entries.filter(isMethod)) as Record<
    string,
    (query?: Record<string, string>) => void
  >
  Component({
    data: options['data'] as object,
    methods,
    lifetimes: {
      created() {
        Object.assign(this, own)
      },
      attached() {
        methods['onLoad']?.call(this, query)
      },
      detached() {
        methods['onUnload']?.call(this)
      },
    },
  })
}

interface Simulation {
  simulate: typeof Simulate
  /** The framework's own `wx`. */
  api: object
}

let simulation: Simulation | undefined

/**
 * One for all stages of a file, because loading the framework and compiling the WXML takes most of
 * the time.
 */
function loadSimulation(): Simulation {
  if (simulation !== undefined) return simulation
  Reflect.deleteProperty(globalThis, 'wx')
  const simulate = jest.requireActual<typeof Simulate>('miniprogram-simulate')
  simulation = { simulate, api: wx }
  return simulation
}

/** `where` is the path inside miniprogram/, such as `components/login-button/login-button`. */
export function setStage(where: string, options: StageOptions = {}): Stage {
  const { simulate, api } = loadSimulation()
  // Each stage loads the sources again, with fresh module state.
  jest.resetModules()
  const { query = {} } = options
  const Page = (page: Record<string, unknown>) => registerPage(page, query)
  Object.assign(globalThis, { wx: { ...api, ...createFakeWx(options.wx) }, Page })
  const { auth } = options
  if (auth) jest.doMock(path.join(packageRoot, 'services/auth.ts'), () => ({ auth }))
  const id = simulate.load(path.join(packageRoot, where), { rootPath: packageRoot, compiler })
  const rendered = simulate.render(id, options.properties ?? {}) as Simulate.RootComponent<
    Record<string, unknown>,
    Record<string, never>,
    Record<string, never>
  >
  const parent = document.createElement('div')
  rendered.attach(parent)
  return { ...createReader(parent), ...createActor(parent, rendered) }
}

function textOf(node: Element): string {
  return node.textContent.replace(/\s+/g, ' ').trim()
}

const dashed = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

type Reader = Pick<Stage, 'root' | 'text' | 'find' | 'get' | 'button' | 'buttonTexts' | 'attribute'>

function createReader(parent: HTMLElement): Reader {
  const all = (selector: string) => [...parent.querySelectorAll(selector)] as StageNode[]
  // The framework writes `prefix--name`; names may themselves contain `--`.
  const hasClass = (node: Element, name: string) =>
    [...node.classList].some((written) => written.slice(written.indexOf('--') + 2) === name)
  const find = (name: string) => all('*').find((node) => hasClass(node, name)) ?? null

  return {
    root: parent,
    text: () => textOf(parent),
    find,
    get(name) {
      const found = find(name)
      if (!found) throw new Error(`No .${name} in: ${textOf(parent)}`)
      return found
    },
    button(text) {
      const found = all('wx-button').find((node) => textOf(node) === text)
      if (!found) throw new Error(`No button ${text} in: ${textOf(parent)}`)
      return found
    },
    buttonTexts: () => all('wx-button').map(textOf),
    attribute: (node, name) =>
      // The official compiler writes open-type as openType.
      (node as StageNode).__wxElement._vt.attrs.find((attr) => dashed(attr.name) === name)?.value,
  }
}

type Actor = Omit<Stage, keyof Reader>

function createActor(
  parent: HTMLElement,
  rendered: Simulate.RootComponent<
    Record<string, unknown>,
    Record<string, never>,
    Record<string, never>
  >,
): Actor {
  const fire = (node: Element, event: string, detail: object = {}) => {
    const { __wxElement: element } = node as StageNode
    element.triggerEvent(event, detail, { bubbles: true, composed: true, capturePhase: true })
  }
  const methods = rendered.instance as unknown as Record<string, (() => unknown) | undefined>
  const withLifetimes = rendered as unknown as { triggerPageLifeTime(name: string): void }
  const heardFrom = rendered as unknown as {
    addEventListener(name: string, handler: (event: { detail?: object }) => void): void
  }
  return {
    call: (method) => methods[method]?.(),
    state: () => rendered.data,
    fire,
    tap(text) {
      const nodes = [...parent.querySelectorAll('*')].filter((node) => textOf(node) === text)
      const node = nodes.find(({ tagName }) => tagName === 'WX-BUTTON') ?? nodes.at(-1)
      if (!node) throw new Error(`Nothing says ${text} in: ${textOf(parent)}`)
      fire(node, 'tap')
    },
    listen(event) {
      const details: object[] = []
      // An event without a detail still counts, because toEqual treats [undefined] as equal to [].
      heardFrom.addEventListener(event, ({ detail = {} }) => details.push(detail))
      return details
    },
    pageLifetime: (name) => withLifetimes.triggerPageLifeTime(name),
    set: (data) => rendered.setData({ ...data }),
    leave: () => rendered.detach(),
  }
}

/** Waits until the check passes; fails with its last error after two seconds. */
export async function until(check: () => void): Promise<void> {
  const endMs = Date.now() + 2000
  for (;;) {
    try {
      check()
      return
    } catch (error) {
      if (Date.now() > endMs) throw error
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
}
