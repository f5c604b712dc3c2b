/**
 * Starts one mini-program on the phone: installs `wx`, `App`, `getApp` and `getCurrentPages`,
 * registers the components, launches the app and opens its first page.
 */
import * as glassEasel from 'glass-easel'
import { onUnbuiltOpenType } from './elements/button'
import { followPresses } from './elements/hover'
import { followModals } from './phone/modal-focus'
import { callApp, defineApp, getAppInstance } from './engine/app-instance'
import { createBackend } from './engine/backend'
import { openEntrance, type Scan } from './engine/entrance'
import { PageStack } from './engine/page-stack'
import { loadProgram, type Program } from './engine/program'
import type { PageInstance } from './engine/stacked-page'
import { resolveTheme } from './engine/theme'
import { goHome, openMenu } from './phone/capsule-menu'
import { createOverlays, type Overlays } from './phone/overlays'
import type { Phone } from './phone/phone'
import { onNotice, reportError, reportGap, reportNotice } from './reports'
import { readStart, toUrl, type Start } from './start-page'
import { rememberPage, takeRememberedPage } from './reopen'
import { addButtons } from './wx/buttons'
import type { WxContext } from './wx/context'
import { createWx } from './wx/index'
import { createInert } from './wx/inert'

/** WeChat's scene number for a scanned mini-program code. */
const SCANNED_CODE = 1047

/** Data from the server that the start needs. */
export interface StartOptions {
  appid: string
  storageName: string
  hasSandbox: boolean
  /** API name → first base library. */
  apis: Record<string, string>
  /** Additional hosts that requests may reach. */
  allow: readonly string[]
  restart: () => void
}

/** Uncaught errors go to the app's own handlers, as in WeChat. */
function catchErrors(): void {
  const tellApp = (error: unknown): void => {
    const text = error instanceof Error ? `${error.message}\n${error.stack ?? ''}` : String(error)
    callApp('onError', text)
  }
  glassEasel.addGlobalErrorListener((error, method) => {
    reportError(method ?? 'component', error)
    tellApp(error)
    return false
  })
  // A list that has not arrived yet counts as empty.
  glassEasel.addGlobalWarningListener(
    (message) => !message.startsWith('The for-list data is neither'),
  )
  window.addEventListener('error', (event) => tellApp(event.error))
  window.addEventListener('unhandledrejection', (event) => {
    callApp('onUnhandledRejection', { reason: event.reason as unknown, promise: event.promise })
  })
}

function titleOf(program: Program): string {
  const title = program.config.window?.['navigationBarTitleText']
  return typeof title === 'string' && title !== '' ? title : '小程序'
}

/** Installs the globals of a mini-program. */
function addGlobals(context: WxContext, phone: Phone, apis: StartOptions['apis']): void {
  Object.assign(globalThis, {
    wx: createWx(context, phone.screen, apis),
    App: defineApp,
    getApp: getAppInstance,
    getCurrentPages: () => context.stack.instances(),
    requirePlugin: (name: string) => createInert(`requirePlugin('${name}')`),
  })
}

function addCapsule(phone: Phone, overlays: Overlays, context: WxContext, appName: string): void {
  const { restart, launch } = context
  const onHide = (): void => {
    context.stack.hideTop()
    callApp('onHide')
  }
  const onShow = (): void => {
    callApp('onShow', launch)
    context.stack.showTop()
  }
  const actions = { appName, overlays, restart, onHide, onShow }
  phone.menu.addEventListener('click', () => void openMenu(actions))
  phone.close.addEventListener('click', () => goHome(actions))
}

const addressOf = ({ route, options }: PageInstance): string =>
  toUrl({ path: route, query: options })

/** A scanned code brings the mini-program to the front with its page as the only one. */
function enterByCode(context: WxContext, { page, scene }: Scan): void {
  context.enter = { path: page, query: { scene }, scene: SCANNED_CODE, referrerInfo: {} }
  callApp('onShow', context.enter)
  context.stack.relaunch(`/${page}?scene=${scene}`)
}

/** Opens the first page, or the one that live reload restores. */
function openFirst(stack: PageStack, program: Program, first: string): void {
  const remembered = takeRememberedPage()
  const path = remembered?.slice(1).split('?')[0] ?? ''
  stack.relaunch(remembered !== null && program.pages.includes(path) ? remembered : first)
}

/** The launch options: the page of the URL, else the entry page. */
function readLaunch({ pages, config }: Program): Start {
  const asked = readStart(window.location.search)
  if (asked !== null && pages.includes(asked.path)) return asked
  if (asked !== null) reportNotice(`小程序没有页面 ${asked.path}`)
  const entry = config['entryPagePath']
  const path = typeof entry === 'string' && pages.includes(entry) ? entry : (pages[0] ?? '')
  return { path, query: {} }
}

/** Runs the mini-program. Throws errors of its scripts while they load. */
export function startProgram(options: StartOptions, phone: Phone, program: Program): void {
  phone.screen.dataset['theme'] = resolveTheme(program)
  phone.screen.dataset['style'] = program.config['style'] === 'v2' ? 'v2' : 'v1'
  const appName = titleOf(program)
  const overlays = createOverlays(phone.layer, appName)
  onNotice((title) => overlays.toast({ title, icon: 'none', durationMs: 3000, mask: false }))
  onUnbuiltOpenType(reportGap)
  const start = readLaunch(program)
  const launch = { ...start, scene: 1001, referrerInfo: {} }
  let stack: PageStack | null = null
  const context: WxContext = {
    ...options,
    overlays,
    launch,
    enter: launch,
    config: program.config,
    // The stack needs the components, and they need wx, so it is created after they are registered.
    get stack() {
      if (stack === null) throw new Error('no page is open yet')
      return stack
    },
  }
  addGlobals(context, phone, options.apis)
  catchErrors()
  followPresses(phone.screen)
  followModals(phone.pages)
  addButtons(context)
  const loaded = loadProgram(program, createBackend(phone.screen))
  const pages = new PageStack(loaded, phone.pages)
  stack = pages
  addCapsule(phone, overlays, context, appName)
  pages.onChange(() => phone.setFront(pages.topFrame()?.front() ?? 'black'))
  callApp('onLaunch', launch)
  callApp('onShow', launch)
  openFirst(pages, program, toUrl(start))
  openEntrance(program.pages, (scan) => enterByCode(context, scan))
}

/** Remembers the top page for the start after a live reload. */
export function rememberTop(): void {
  const { getCurrentPages: list } = globalThis as { getCurrentPages?: () => PageInstance[] }
  const top = list?.().at(-1)
  if (top !== undefined) rememberPage(addressOf(top))
}
