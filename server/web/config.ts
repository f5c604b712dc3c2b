import * as z from 'zod'
import { origin } from '../config/values'
import { parsedBy, parseJson, parseVariables, InvalidValueError } from '../config/variables'
import type { Report, VariablesOf } from '../config/variables'

const FILE_NAME = /^MP_verify_[A-Za-z0-9]{1,64}\.txt$/
const FILE_TEXT = /^[A-Za-z0-9]{1,64}$/

/** WeChat's file is a name and a text of letters and digits: https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html */
const verifyFiles = parsedBy((text) => {
  const message = 'must be JSON such as {"MP_verify_x.txt": "x"}'
  const files = z.record(z.string(), z.string()).safeParse(parseJson(text, message))
  if (!files.success) throw new InvalidValueError(message)
  const entries = Object.entries(files.data)
  if (!entries.every(([name]) => FILE_NAME.test(name))) {
    throw new InvalidValueError('must name files MP_verify_….txt')
  }
  if (!entries.every(([, content]) => FILE_TEXT.test(content))) {
    throw new InvalidValueError('must hold the text of each file')
  }
  return files.data
})

const variables = {
  WEB_ORIGINS: z
    .string()
    .transform((text) => text.split(',').map((one) => one.trim()))
    .pipe(z.array(origin))
    .default([]),
  WEB_VERIFY_FILES: verifyFiles.default({}),
  /** The origin of WeChat's own pages; `http://` for loopback only, where the sandbox is. */
  WECHAT_OPEN_BASE: origin.default('https://open.weixin.qq.com'),
}

export interface WebConfig {
  /** The public origin of this service, without a trailing slash. */
  publicUrl: string
  /** Exact origins of other sites whose pages may use the web session. */
  origins: readonly string[]
  /** WeChat's verification files, by name. */
  verifyFiles: Readonly<Record<string, string>>
  /** The origin of WeChat's authorize pages. */
  openBase: string
}

/** @param report is called with each fault; after a fault the result must not be used. */
export function parseWebSettings(
  env: NodeJS.ProcessEnv,
  report: Report,
): Omit<WebConfig, 'publicUrl'> {
  const parsed = parseVariables(variables, env, report)
  const values = parsed as VariablesOf<typeof variables>
  if (env['NODE_ENV'] === 'production' && parsed.WECHAT_OPEN_BASE?.startsWith('http:') === true) {
    report('WECHAT_OPEN_BASE', 'the sandbox is refused with NODE_ENV=production')
  }
  for (const name of ['WEB_ORIGINS', 'WEB_VERIFY_FILES']) {
    if (env[name] !== undefined && env['PUBLIC_URL'] === undefined) {
      report(name, 'has no effect without PUBLIC_URL, which turns web login on: set it, too')
    }
  }
  return {
    origins: values.WEB_ORIGINS,
    verifyFiles: values.WEB_VERIFY_FILES,
    openBase: values.WECHAT_OPEN_BASE,
  }
}
