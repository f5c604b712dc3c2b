/**
 * Whether WeChat knows the AppID and the AppSecret, lets this address in, and has the same time.
 * https://developers.weixin.qq.com/miniprogram/dev/server/API/mp-access-token/api_getstableaccesstoken.html
 */
import { usesWechat } from '../start/bff-env'
import { codeOf } from '../lib/user-error'
import { variable } from './context'
import type { DoctorContext } from './context'
import { fail, ok, warn } from './finding'
import type { Finding } from './finding'

const WECHAT = 'https://api.weixin.qq.com'
const ANSWER_WITHIN_MS = 5000
const NOTED_SKEW_MS = 30_000
const HARMFUL_SKEW_MS = 300_000
const CONSOLE = 'mp.weixin.qq.com → 开发管理 → 开发设置'
const ALLOW_LIST = `${CONSOLE} → IP 白名单`

interface App {
  appid: string
  /** Optional in WECHAT_APPS when WeChat's cloud identifies the caller. */
  secret?: string
}

/** The meaning of an errcode, and the cure; of WeChat's own text only the IP address is shown. */
type Explain = (app: App, errmsg: string) => [what: string, cure: string]

const addressIn = (errmsg: string): string =>
  /invalid ip\s+([0-9a-fA-F.:]+)/.exec(errmsg)?.[1] ?? 'this server’s public address'

const EXPLAINED: Record<number, Explain> = {
  [-1]: () => ['WeChat is busy (-1)', 'Run this again in a minute.'],
  40001: () => ['WeChat refuses the AppSecret (40001)', `Compare it with ${CONSOLE}.`],
  40013: ({ appid }) => [`WeChat knows no AppID ${appid} (40013)`, `Copy it from ${CONSOLE}.`],
  40125: () => [
    'WeChat refuses the AppSecret (40125)',
    `A reset makes the old one invalid at once: copy the present one, or reset it, at ${CONSOLE}.`,
  ],
  40164: (_app, errmsg) => [
    `this address is not on the IP allow-list (40164): ${addressIn(errmsg)}`,
    `Add ${addressIn(errmsg)} at ${ALLOW_LIST}; it takes effect after some minutes.`,
  ],
  40243: () => ['the AppSecret is frozen (40243)', `Unfreeze it at ${CONSOLE}; that takes 10 min.`],
  45009: () => [
    "today's calls are used up (45009)",
    'Wait for tomorrow, or clear the quota there.',
  ],
  45011: () => ['too many calls a minute (45011)', 'Wait a minute and run this again.'],
  50004: () => ['the account may not ask for tokens (50004)', `See the notices at ${CONSOLE}.`],
  50007: () => ['the account is frozen (50007)', `See the notices at ${CONSOLE}.`],
  89503: () => [
    'this address waits for the administrator (89503)',
    'The administrator confirms it in the message that WeChat sent.',
  ],
  89506: () => [
    'the administrator refused this address (89506)',
    'Ask them, and run this again after 24 hours.',
  ],
  89507: () => [
    'the administrator refused this address (89507)',
    'Ask them, and run this again after an hour.',
  ],
}

function appsOf(context: DoctorContext): App[] {
  const list = variable(context, 'WECHAT_APPS')
  if (list === '') {
    return [
      { appid: variable(context, 'WECHAT_APPID'), secret: variable(context, 'WECHAT_APPSECRET') },
    ]
  }
  try {
    const apps = JSON.parse(list) as unknown
    return Array.isArray(apps) ? (apps as App[]) : []
  } catch {
    // checkConfiguration reports it.
    return []
  }
}

function judge(app: App, errcode: number, errmsg: string): Finding {
  const subject = `WeChat, ${app.appid}`
  const explain = EXPLAINED[errcode]
  if (explain === undefined) {
    const cure = 'Look the number up in docs/errors.md or in WeChat’s list of return codes.'
    return fail(subject, `WeChat answers ${errcode} to AppID and AppSecret`, cure)
  }
  const [what, cure] = explain(app, errmsg)
  return fail(subject, what, cure)
}

/** Compares with the middle of the round trip; the Date header has whole seconds. */
function judgeClock(dateHeader: string | null, askedAtMs: number, nowMs: number): Finding[] {
  const theirs = Date.parse(dateHeader ?? '')
  if (Number.isNaN(theirs)) return []
  const skewMs = (askedAtMs + nowMs) / 2 - theirs
  const off = Math.round(Math.abs(skewMs) / 1000)
  const what = `${off} s ${skewMs > 0 ? 'ahead of' : 'behind'} WeChat's clock`
  const cure = 'Switch on time synchronisation: timedatectl set-ntp true'
  if (Math.abs(skewMs) >= HARMFUL_SKEW_MS) return [fail('clock', what, cure)]
  if (Math.abs(skewMs) >= NOTED_SKEW_MS) return [warn('clock', what, cure)]
  return [ok('clock', "within 30 s of WeChat's")]
}

async function askWechat(context: DoctorContext, base: string, app: App): Promise<Finding[]> {
  if (app.secret === undefined) {
    const cure =
      'Right where TRUST_CLOUD_HEADERS is true; phone numbers and nickname checks need one.'
    return [warn(`WeChat, ${app.appid}`, 'has no AppSecret: logins by code fail', cure)]
  }
  const askedAtMs = context.now()
  const answer = await fetch(`${base}/cgi-bin/stable_token`, {
    method: 'POST',
    // Without force_refresh, so that the token of a running server stays valid.
    body: JSON.stringify({
      grant_type: 'client_credential',
      appid: app.appid,
      secret: app.secret,
    }),
    headers: { 'content-type': 'application/json' },
    redirect: 'error',
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  })
  const clock = judgeClock(answer.headers.get('date'), askedAtMs, context.now())
  const body = (await answer.json()) as { errcode?: number; errmsg?: string; access_token?: string }
  const isGood = typeof body.access_token === 'string'
  const credentials = isGood
    ? ok(`WeChat, ${app.appid}`, 'knows AppID and AppSecret, and lets this address in')
    : judge(app, body.errcode ?? 0, body.errmsg ?? '')
  return [credentials, ...clock]
}

function unreachable(app: App, base: string, error: unknown): Finding {
  const { cause } = Object(error) as { cause?: unknown }
  const code = codeOf(cause) || 'no JSON in time'
  return fail(
    `WeChat, ${app.appid}`,
    `${base} did not answer (${code})`,
    'Check network, DNS and firewall. Without network: npm run doctor -- --offline',
  )
}

export async function checkWechat(context: DoctorContext): Promise<Finding[]> {
  if (!usesWechat(context.env)) {
    return [
      warn(
        'WeChat',
        'no AppSecret is set: npm start uses the sandbox',
        'For your own mini-program: npm run init -- --appid wx…',
      ),
    ]
  }
  if (!context.online) {
    return [warn('WeChat', 'not asked (--offline)', 'Run this again without --offline.')]
  }
  const base = (variable(context, 'WECHAT_API_BASE') || WECHAT).replace(/\/$/, '')
  const found = await Promise.all(
    appsOf(context).map((app) =>
      askWechat(context, base, app).catch((error: unknown) => [unreachable(app, base, error)]),
    ),
  )
  // All apps have the same clock: report it once.
  const clocks = found.flat().filter(({ subject }) => subject === 'clock')
  return [...found.flat().filter(({ subject }) => subject !== 'clock'), ...clocks.slice(0, 1)]
}
