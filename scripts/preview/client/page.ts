/**
 * The preview's page: builds the phone, loads the mini-program, puts `wx`, `App`, `getApp`
 * and `getCurrentPages` in place and opens the first page.
 *
 * For tests: the phone is `data-testid="phone-screen"`; built-ins are `wx-button`, `wx-input` …; the
 * query `?sdk=2.16.0&user=alice&consent=ask|allow|deny` presets the controls (also `network`,
 * `platform`, `env`, `privacy`). Sheets and toasts: see phone/overlays.ts. While the mini-program runs,
 * `document.documentElement.dataset.preview` is `running`; with errors in its sources it is `failed`.
 */
import './styles/index.css'
import { registerElements } from './elements/register'
import type { Program } from './engine/program'
import { createRoom, fillRoom } from './panels/layout'
import { createPhone, type Phone } from './phone/phone'
import { showProblems, type Problem } from './phone/problems'
import { miniProgramConsole, reportError } from './reports'
import { startProgram } from './start'

/** The build's description of the mini-program. */
export interface AppInfo {
  appid: string
  /** Names the mini-program's storage; programs that are opened at the same address have their own. */
  storageName: string
  hasSandbox: boolean
  css: string
  problems: Problem[]
  /** Whether any page without errors is left to run. */
  canRun: boolean
  apis: Record<string, string>
  /** Additional hosts that requests may reach. */
  allow: string[]
  /** Title above the controls, instead of 小程序预览. */
  title?: string
  /** Text below the title. */
  note?: string
}

/** The source of the page's mini-program. */
export interface Source {
  readInfo: () => Promise<AppInfo>
  /** The URL of its script. */
  script: string
}

type Runner = (start: (program: Program) => void, console: Console) => void

/** Restarts the mini-program. */
export const restart = (): void => window.location.reload()

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

const setState = (state: 'running' | 'failed'): void => {
  document.documentElement.dataset['preview'] = state
}

async function runProgram(info: AppInfo, script: string, phone: Phone): Promise<void> {
  registerElements()
  addStyles(info.css)
  await loadScript(script)
  const { __previewRun: run } = globalThis as unknown as { __previewRun: Runner }
  run((program) => startProgram({ ...info, restart }, phone, program), miniProgramConsole)
}

async function open({ readInfo, script }: Source): Promise<void> {
  const room = createRoom()
  const phone = createPhone(room.stage)
  const info = await readInfo().catch((error: unknown) => showFailure(phone, '预览服务出错', error))
  if (info === undefined) return
  fillRoom(room, { ...info, restart })
  const run = (): Promise<void> => tryToRun(info, script, phone)
  const isFaulty = showProblems(phone.layer, info.problems, info.canRun ? () => void run() : null)
  if (isFaulty) setState('failed')
  else await run()
}

async function tryToRun(info: AppInfo, script: string, phone: Phone): Promise<void> {
  try {
    await runProgram(info, script, phone)
    setState('running')
  } catch (error) {
    // A script that throws while it is loaded leaves a mini-program without pages.
    showFailure(phone, '启动时抛出了异常', error)
  }
}

/** Without it the phone would stay empty. */
function showFailure(phone: Phone, file: string, error: unknown): void {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
  const nowhere = { severity: 'error', line: 0, column: 0 } as const
  showProblems(phone.layer, [{ ...nowhere, file, message }], null)
  setState('failed')
}

/** Builds the page and runs the mini-program on it. */
export function openPage(source: Source): void {
  open(source).catch((error: unknown) => reportError('preview', error))
}
