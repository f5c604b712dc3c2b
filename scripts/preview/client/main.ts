/**
 * Starts the preview in the page: builds the phone, loads the mini-program, puts `wx`, `App`, `getApp`
 * and `getCurrentPages` in place and opens the first page.
 *
 * For tests: the phone is `data-testid="phone-screen"`; built-ins are `wx-button`, `wx-input` …; the
 * query `?sdk=2.16.0&user=alice&consent=ask|allow|deny` presets the controls (also `network`,
 * `platform`, `env`, `privacy`). Sheets and toasts: see phone/overlays.ts. While the mini-program runs,
 * `document.documentElement.dataset.preview` is `running`; with errors in its sources it is `failed`.
 */
import './styles/index.css'
import * as glassEasel from 'glass-easel'
import { registerElements } from './elements/register'
import { onUnbuiltOpenType } from './elements/button'
import { followPresses } from './elements/hover'
import { callApp, defineApp, getAppInstance } from './engine/app-instance'
import { createBackend } from './engine/backend'
import { PageStack } from './engine/page-stack'
import { loadProgram, type Program } from './engine/program'
import { resolveTheme } from './engine/theme'
import { watchServer } from './live-reload'
import { createRoom, fillRoom } from './panels/layout'
import { createOverlays } from './phone/overlays'
import { createPhone, type Phone } from './phone/phone'
import { showProblems, type Problem } from './phone/problems'
import { miniProgramConsole, onNotice, reportError, reportGap } from './reports'
import { settings } from './settings'
import { addButtons } from './wx/buttons'
import type { WxContext } from './wx/context'
import { createWx } from './wx/index'

/** What the server tells about the build. */
interface AppInfo {
  appid: string
  hasSandbox: boolean
  css: string
  problems: Problem[]
  apis: Record<string, string>
}

type Runner = (start: (program: Program) => void, console: Console) => void

const restart = (): void => window.location.reload()

function loadScript(source: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script')
    script.src = source
    script.onload = () => resolve()
    script.onerror = () => reject(new Error(`cannot load ${source}`))
    document.head.append(script)
  })
}

function addStyles(css: string): void {
  const style = document.createElement('style')
  style.textContent = css
  document.head.append(style)
}

/** Errors that nothing caught go to the app's own handlers, as in WeChat. */
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
  window.addEventListener('error', (event) => tellApp(event.error))
  window.addEventListener('unhandledrejection', (event) => {
    callApp('onUnhandledRejection', { reason: event.reason as unknown, promise: event.promise })
  })
}

function titleOf(program: Program): string {
  const title = program.config.window?.['navigationBarTitleText']
  return typeof title === 'string' && title !== '' ? title : '小程序'
}

function start(info: AppInfo, phone: Phone, program: Program): void {
  phone.screen.dataset['theme'] = resolveTheme(program)
  const overlays = createOverlays(phone.layer, titleOf(program))
  onNotice((title) => overlays.toast({ title, icon: 'none', durationMs: 3000, mask: false }))
  onUnbuiltOpenType(reportGap)
  // The stack needs the components, the components need wx: so wx finds the stack when it is called.
  const context: Partial<WxContext> = { ...info, overlays, config: program.config, restart }
  const globals = {
    wx: createWx(context as WxContext, phone.screen, info.apis),
    App: defineApp,
    getApp: getAppInstance,
    getCurrentPages: () => context.stack?.instances() ?? [],
  }
  Object.assign(globalThis, globals)
  catchErrors()
  followPresses(phone.screen)
  addButtons(context as WxContext)
  const loaded = loadProgram(program, createBackend(phone.screen))
  const stack = new PageStack(loaded, phone.pages)
  stack.onChange(() => phone.setFront(stack.topFrame()?.front() ?? 'black'))
  context.stack = stack
  const launch = { path: program.pages[0] ?? '', query: {}, scene: 1001, referrerInfo: {} }
  callApp('onLaunch', launch)
  callApp('onShow', launch)
  stack.relaunch(`/${launch.path}`)
  document.documentElement.dataset['preview'] = 'running'
}

async function main(): Promise<void> {
  const room = createRoom()
  const phone = createPhone(room.stage, { onMenu: restart, onClose: restart })
  watchServer(restart)
  const response = await fetch('/__preview/app.json')
  const info = (await response.json()) as AppInfo
  document.documentElement.dataset['platform'] = settings.platform
  fillRoom(room, { ...info, restart })
  if (info.problems.length > 0) showProblems(phone.layer, info.problems)
  if (info.problems.some(({ severity }) => severity === 'error')) {
    document.documentElement.dataset['preview'] = 'failed'
    return
  }
  registerElements()
  addStyles(info.css)
  await loadScript('/__preview/app.js')
  const { __previewRun: run } = globalThis as unknown as { __previewRun: Runner }
  run((program) => start(info, phone, program), miniProgramConsole)
}

main().catch((error: unknown) => reportError('preview', error))
