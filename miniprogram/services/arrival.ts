/**
 * How the person came here, for the server's hooks: by a share card, a code, an advertisement. A link may be
 * written by anybody, so what doesn't fit is left out: it must not fail the login.
 */

import { hasApi } from './base-library'

export interface Arrival {
  /** https://developers.weixin.qq.com/miniprogram/dev/reference/scene-list.html */
  scene?: number
  /** The scene of a mini-program code, at most 32 characters. */
  code?: string
  channel?: string
  invitation?: string
}

/** The server takes 1 KiB of JSON. A character has up to 3 bytes there. */
const MAX_CHARACTERS = 64

/**
 * The last way in, hot starts included. Nothing where the host can't say.
 * https://developers.weixin.qq.com/miniprogram/dev/api/base/app/life-cycle/wx.getEnterOptionsSync.html
 */
export function findArrival(): Arrival {
  if (!hasApi('getEnterOptionsSync')) return {}
  const { scene, query } = wx.getEnterOptionsSync()
  const { scene: code, channel, invitation } = query as Record<string, string | undefined>
  const texts = { code, channel, invitation }
  const arrival: Arrival = scene > 0 ? { scene } : {}
  for (const [name, value] of Object.entries(texts)) {
    const text = decodeText(value)
    if (text !== '' && text.length <= MAX_CHARACTERS) Object.assign(arrival, { [name]: text })
  }
  return arrival
}

/** Values of a query arrive percent-encoded. Empty for one that is missing or no proper text. */
export function decodeText(value = ''): string {
  try {
    const text = decodeURIComponent(value)
    // Throws for half a surrogate pair, which no JSON may hold.
    encodeURIComponent(text)
    return text
  } catch {
    return ''
  }
}
