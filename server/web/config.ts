/** The web room's environment variables. */
import * as z from 'zod'
import { IS_EMPTY, origin } from '../config/values'

/** The addresses of WeChat's own pages; `http://` for loopback only, where the sandbox is. */
const openBase = origin.default('https://open.weixin.qq.com')

const origins = z
  .string()
  .transform((text) => text.split(',').map((one) => one.trim()))
  .pipe(z.array(origin))

/** WeChat's file is a name and a text of letters and digits: https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html */
const verifyFiles = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown
    } catch {
      context.addIssue({ code: 'custom', message: 'must be JSON such as {"MP_verify_x.txt": "x"}' })
      return z.NEVER
    }
  })
  .pipe(
    z.record(
      z.string().regex(/^MP_verify_[A-Za-z0-9]{1,64}\.txt$/, 'must name files MP_verify_….txt'),
      z.string().regex(/^[A-Za-z0-9]{1,64}$/, 'must hold the text of each file'),
    ),
  )

const environment = {
  WEB_ORIGINS: origins.default([]),
  WEB_VERIFY_FILES: verifyFiles.default({}),
  WECHAT_OPEN_BASE: openBase,
}

export interface WebSettings {
  /** Exact origins of pages elsewhere that may use the web session. */
  origins: readonly string[]
  /** WeChat's verification files, by name. */
  verifyFiles: Readonly<Record<string, string>>
  /** Where WeChat's authorize pages are. */
  openBase: string
}

/** @param report is called with each fault and the variable's name. */
export function parseWebSettings(
  env: NodeJS.ProcessEnv,
  report: (name: string, message: string) => void,
): WebSettings {
  const read = <Name extends keyof typeof environment>(name: Name) => {
    const parsed = environment[name].safeParse(env[name])
    const faults = parsed.success ? [] : parsed.error.issues.map(({ message }) => message)
    for (const message of env[name] === '' ? [IS_EMPTY] : faults) report(name, message)
    return parsed.data as z.infer<(typeof environment)[Name]>
  }
  if (env['NODE_ENV'] === 'production' && env['WECHAT_OPEN_BASE']?.startsWith('http:') === true) {
    report('WECHAT_OPEN_BASE', 'the sandbox is refused with NODE_ENV=production')
  }
  return {
    origins: read('WEB_ORIGINS'),
    verifyFiles: read('WEB_VERIFY_FILES'),
    openBase: read('WECHAT_OPEN_BASE'),
  }
}
