/**
 * Finds a Chromium that is already on this computer and starts it headless. Never downloads one.
 * CHROMIUM_PATH picks another. Without a browser the browser tests are skipped, and fail in CI.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { chromium, type Browser } from 'playwright-core'

const linux = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/microsoft-edge',
  '/snap/bin/chromium',
]
const mac = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]
const windows = [
  'Google\\Chrome\\Application\\chrome.exe',
  'Microsoft\\Edge\\Application\\msedge.exe',
]

const switches = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

function listCandidates(): string[] {
  const { CHROMIUM_PATH: chosen, ProgramFiles: programs, LOCALAPPDATA: local } = process.env
  const roots = [programs, process.env['ProgramFiles(x86)'], local].filter(
    (root) => root !== undefined,
  )
  const onWindows = roots.flatMap((root) => windows.map((path) => join(root, path)))
  return [...(chosen === undefined ? [] : [chosen]), ...linux, ...mac, ...onWindows]
}

/** The path of a Chromium, Chrome or Edge; null when there is none. */
export function findBrowser(): string | null {
  return listCandidates().find((path) => existsSync(path)) ?? null
}

/** How to get a browser, for the message of a skipped or failed test. */
export const BROWSER_HINT =
  'No Chromium, Chrome or Edge was found. Install one (Debian: apt-get install chromium fonts-wqy-zenhei) or set CHROMIUM_PATH.'

/** Starts the browser, headless. Throws BROWSER_HINT when there is none. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = findBrowser()
  if (executablePath === null) throw new Error(BROWSER_HINT)
  return chromium.launch({ executablePath, args: switches })
}
