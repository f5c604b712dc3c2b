/** Signing a browser in from this phone: the browser that asks, and the person's yes or no. */

import type { Auth } from '../auth/index'
import { isAuthError } from '../auth/index'
import type { Scan } from '../../typings/api'
import { decodeText } from './arrival'
import { describeInstant } from './instants'

export interface ScanView {
  /** Such as `Windows · Chrome`. */
  browser: string
  /** Where it is, roughly. */
  area: string
  /** When it asked, in words. */
  asked: string
}

/**
 * The scene of a mini-program code, from the query of the page that it opened; empty without one.
 * https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/qrcode-link/qr-code/getUnlimitedQRCode.html
 */
export function parseScene(query: Record<string, string | undefined>): string {
  const scene = decodeText(query['scene'])
  return /^[0-9a-f]{32}$/.test(scene) ? scene : ''
}

/** Null when the scan is over, or somebody else has opened it. */
export async function findScan(auth: Auth, scene: string): Promise<ScanView | null> {
  try {
    const { browser, area, createdAt } = await auth.request<Scan>({ path: `/v1/scans/${scene}` })
    return { browser, area, asked: describeInstant(createdAt, Date.now()) }
  } catch (error) {
    if (isAuthError(error) && error.code === 'NOT_FOUND') return null
    throw error
  }
}

/** False when the scan was over before the decision arrived. */
export async function decideScan(
  auth: Auth,
  scene: string,
  decision: 'confirm' | 'deny',
): Promise<boolean> {
  try {
    await auth.request({ path: `/v1/scans/${scene}/${decision}`, method: 'POST' })
    return true
  } catch (error) {
    if (isAuthError(error) && error.code === 'NOT_FOUND') return false
    throw error
  }
}
