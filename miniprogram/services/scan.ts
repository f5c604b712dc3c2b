/** Confirms or rejects the sign-in of a browser from this phone. */

import type { Auth } from '../auth/index'
import { isAuthError } from '../auth/index'
import type { Scan } from '../../typings/api'
import { decodeText } from './arrival'
import { describeInstant } from './instants'

export interface ScanView {
  /** Such as `Windows · Chrome`. */
  browser: string
  /** Its approximate location. */
  area: string
  /** When it asked, as readable text. */
  asked: string
}

/**
 * The scene of a mini-program code, from the query of the page that it opened; '' if there is none.
 * https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/qrcode-link/qr-code/getUnlimitedQRCode.html
 */
export function parseScene(query: Record<string, string | undefined>): string {
  const scene = decodeText(query['scene'])
  return /^[0-9a-f]{32}$/.test(scene) ? scene : ''
}

/** Null when the scan has expired or ended, or another user opened it. */
export async function findScan(auth: Auth, scene: string): Promise<ScanView | null> {
  try {
    const { browser, area, createdAt } = await auth.request<Scan>({ path: `/v1/scans/${scene}` })
    return { browser, area, asked: describeInstant(createdAt, Date.now()) }
  } catch (error) {
    if (isAuthError(error) && error.code === 'NOT_FOUND') return null
    throw error
  }
}

/** False when the scan ended before the decision arrived. */
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
