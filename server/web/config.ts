/** The web room's environment variables. */
import * as z from 'zod'
import { origin } from '../config/values'
import { parsedBy, parseJson, parseVariables } from '../config/variables'
import type { Report } from '../config/variables'

/** The addresses of WeChat's own pages; `http://` for loopback only, where the sandbox is. */
const openBase = origin.default('https://open.weixin.qq.com')

const origins = z
  .string()
  .transform((text) => text.split(',').map((one) => one.trim()))
  .pipe(z.array(origin))

/** WeChat's file is a name and a text of letters and digits: https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html */
const verifyFiles = parsedBy((text) =>
  parseJson(text, 'must be JSON such as {"MP_verify_x.txt": "x"}'),
).pipe(
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
export function parseWebSettings(env: NodeJS.ProcessEnv, report: Report): WebSettings {
  const values = parseVariables(environment, env, report)
  const { WEB_ORIGINS = [], WEB_VERIFY_FILES = {}, WECHAT_OPEN_BASE = '' } = values
  if (env['NODE_ENV'] === 'production' && WECHAT_OPEN_BASE.startsWith('http:')) {
    report('WECHAT_OPEN_BASE', 'the sandbox is refused with NODE_ENV=production')
  }
  return { origins: WEB_ORIGINS, verifyFiles: WEB_VERIFY_FILES, openBase: WECHAT_OPEN_BASE }
}
