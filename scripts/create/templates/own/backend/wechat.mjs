/**
 * The only call to WeChat: exchanges a login code for the openid.
 * https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-login/code2Session.html
 */
const {
  WECHAT_APPID,
  WECHAT_APPSECRET,
  WECHAT_API_BASE = 'https://api.weixin.qq.com',
} = process.env

const ANSWER_WITHIN_MS = 3000
/** A WeChat code expires after 5 minutes; remember used codes for longer. */
const REMEMBER_MS = 10 * 60_000
/** Invalid, expired or of another app (40029); used already (40163). */
const WRONG_CODE = [40029, 40163]
/** WeChat takes this user for a high risk: another code would not help. */
const BLOCKED_USER = 40226

/**
 * Used codes with their times: each is sent to WeChat only once, even when it arrives twice at the
 * same time.
 */
const spent = new Map()

function isSpent(code) {
  const now = Date.now()
  for (const [old, sentAt] of spent) {
    if (now - sentAt < REMEMBER_MS) break
    spent.delete(old)
  }
  if (spent.has(code)) return true
  spent.set(code, now)
  return false
}

/** @returns {Promise<{ openid?: string, fault?: 'wrong-code' | 'blocked-user' | 'unavailable' }>} */
export async function exchangeCode(code) {
  if (isSpent(code)) return { fault: 'wrong-code' }
  const url = new URL('/sns/jscode2session', WECHAT_API_BASE)
  url.search = new URLSearchParams({
    appid: WECHAT_APPID,
    secret: WECHAT_APPSECRET,
    js_code: code,
    grant_type: 'authorization_code',
  })
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) })
    // session_key stays here: it decrypts WeChat's encrypted data and must never reach the
    // mini-program.
    const { openid, errcode } = await answer.json()
    if (openid !== undefined) return { openid }
    if (errcode === BLOCKED_USER) return { fault: 'blocked-user' }
    return { fault: WRONG_CODE.includes(errcode) ? 'wrong-code' : 'unavailable' }
  } catch {
    return { fault: 'unavailable' }
  }
}
