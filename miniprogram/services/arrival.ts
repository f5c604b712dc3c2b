/**
 * How the user arrived (a share card, a code, an advertisement), for the server's hooks. Anybody
 * can write such a link, so invalid values are dropped: they must not fail the login.
 */

import { hasApi } from './base-library'

export interface Arrival {
  /** https://developers.weixin.qq.com/miniprogram/dev/reference/scene-list.html */
  scene?: number
  /** The scene of a mini-program code. Not `code`, which is the login code in other dialects. */
  codeScene?: string
  channel?: string
  invitation?: string
}

/** The server accepts 1 KiB of JSON; a character takes up to 3 bytes. */
const MAX_CHARACTERS = 64

/**
 * The last entry, hot starts included; empty when the host can't tell.
 * https://developers.weixin.qq.com/miniprogram/dev/api/base/app/life-cycle/wx.getEnterOptionsSync.html
 */
export function findArrival(): Arrival {
  if (!hasApi('getEnterOptionsSync')) return {}
  const { scene, query } = wx.getEnterOptionsSync()
  const { scene: codeScene, channel, invitation } = query as Record<string, string | undefined>
  const texts = { codeScene, channel, invitation }
  const arrival: Arrival = scene > 0 ? { scene } : {}
  for (const [name, value] of Object.entries(texts)) {
    const text = decodeText(value)
    if (text !== '' && text.length <= MAX_CHARACTERS) Object.assign(arrival, { [name]: text })
  }
  return arrival
}

/** Query values arrive percent-encoded. Empty when the value is missing or not valid text. */
export function decodeText(value = ''): string {
  try {
    const text = decodeURIComponent(value)
    // Throws for a lone surrogate, which JSON must not contain.
    encodeURIComponent(text)
    return text
  } catch {
    return ''
  }
}
