/**
 * Translates miniprogram-ci's failures into messages with advice. The outer number is
 * miniprogram-ci's (20003: upload refused); WeChat's number, if any, is inside the message and
 * gives the reason.
 */

export interface CiFailure {
  /** miniprogram-ci's number, a code of Node's, or 0. */
  code: number | string
  message: string
}

interface Explained {
  what: string
  cure: string
}

const UPLOAD_PAGE = 'mp.weixin.qq.com → 开发管理 → 开发设置 → 小程序代码上传'
const MAX_QUOTED = 300

type Rule = readonly [RegExp, (match: RegExpExecArray) => Explained]

const explained = (what: string, cure: string): Explained => ({ what, cure })

function notAllowed([, address = '']: RegExpExecArray): Explained {
  const ipv6 = address.includes(':')
    ? ' Networks change such an address often: NODE_OPTIONS=--dns-result-order=ipv4first uses IPv4.'
    : ''
  return explained(
    `this address, ${address}, is not on the IP allow-list for uploads (-10008)`,
    `Add ${address} at ${UPLOAD_PAGE} → IP 白名单, or close the list there if your CI has no fixed address.${ipv6}`,
  )
}

const tooLarge = (size: string): Explained =>
  explained(
    `the package is too large${size} (80051)`,
    'npm run package shows the largest files; move pictures to a server or pages into subpackages.',
  )

/** Patterns of messages from WeChat or the network; the first match wins. */
const REASONS: readonly Rule[] = [
  [
    /^env not found/,
    () =>
      explained(
        'this AppID has no cloud environment of that id',
        'Copy the id from the cloud console (云开发 → 概览), such as prod-1a2b3c.',
      ),
  ],
  [
    /another ongoing update/,
    () => explained('the function is being deployed already', 'Run it again in a minute.'),
  ],
  [/invalid ip:?\s*([0-9a-fA-F.:]*[0-9a-fA-F])/, notAllowed],
  [/source size\D*(\d+)\s*KB exceed max limit/i, ([, kib]) => tooLarge(`, ${kib} KiB`)],
  [/exceed max limit|\b80051\b/i, () => tooLarge('')],
  [
    /\b80082\b(?:.*?get plugin\(id: (\w+))?/,
    ([, plugin]) =>
      explained(
        `the mini-program may not use the plug-in${plugin === undefined ? '' : ` ${plugin}`} (80082)`,
        'Add it at mp.weixin.qq.com → 设置 → 第三方设置 → 插件管理, or take it out of app.json.',
      ),
  ],
  [
    /\b(?:40013|invalid appid)\b/i,
    () =>
      explained(
        'WeChat knows no such mini-program (40013)',
        'Correct the AppID in project.config.json; a test account (测试号) can not be uploaded to.',
      ),
  ],
  [
    /(?:invalid|check|verify)\W+(?:\w+\W+)?sign(?:ature)?\b/i,
    () =>
      explained(
        'WeChat refuses the signature: the key is not, or no longer, the key of this AppID',
        `Generate a new one at ${UPLOAD_PAGE}; the old one dies with that.`,
      ),
  ],
  [
    /tunneling socket|ECONNREFUSED.*proxy|proxy.*ECONNREFUSED/i,
    () =>
      explained(
        'the proxy lets nothing through',
        'Check --proxy, https_proxy and npm’s proxy setting; no_proxy=servicewechat.com goes around it.',
      ),
  ],
  [
    /\b(ENOTFOUND|EAI_AGAIN)\b/,
    ([, code]) =>
      explained(
        `servicewechat.com was not found (${code})`,
        'Check network and DNS; behind a company’s proxy: --proxy http://host:port',
      ),
  ],
  [
    /\b(ECONNREFUSED|ECONNRESET|ETIMEDOUT|ESOCKETTIMEDOUT|EHOSTUNREACH|ENETUNREACH|socket hang up)\b/,
    ([, code]) =>
      explained(
        `servicewechat.com can't be reached (${code})`,
        'Run it again; if that does not help, check firewall and proxy (--proxy http://host:port).',
      ),
  ],
  [
    /(self[- ]signed certificate|unable to (?:verify|get)[\w ]*certificate|CERT_\w+)/i,
    () =>
      explained(
        'the connection is intercepted: its certificate is not WeChat’s',
        'If the proxy of your company does that: NODE_EXTRA_CA_CERTS=its-certificate.pem',
      ),
  ],
]

const CODE = 'Mend the file that the message names, then npm run check -- compile.'
const KEY = `Generate a new key at ${UPLOAD_PAGE} and save the file as it comes.`

/** Advice by miniprogram-ci's number, from its config; compile errors are 10005 to 10093. */
const NUMBERS: Record<number, Explained> = {
  10000: explained(
    'an argument is missing or wrong (10000)',
    'Check --version, the key and project.config.json.',
  ),
  20000: explained(
    'app.json was not found (20000)',
    'miniprogramRoot in project.config.json must name its folder.',
  ),
  20001: explained(
    'WeChat did not begin the upload (20001)',
    'Check the AppID in project.config.json and run it again in a minute.',
  ),
  20002: explained('nothing can be signed with this key (20002)', KEY),
  20003: explained(
    'WeChat refused the upload (20003)',
    'Its own words are above; -1 passes by itself: run it again in a minute.',
  ),
  30000: explained(
    'this is no mini-program (30000)',
    'compileType in project.config.json must be "miniprogram".',
  ),
}

function byNumber({ code }: CiFailure): Explained {
  const number = Number(code)
  const known = NUMBERS[number]
  if (known !== undefined) return known
  if (number > 10_000 && number < 11_000) {
    return explained(`WeChat's compiler refuses the code (${code})`, CODE)
  }
  return explained(
    `miniprogram-ci failed${code === 0 ? '' : ` (${code})`}`,
    'Run it again; if it stays, npm run check -- compile tells whether the code is at fault.',
  )
}

/** @param failure its message may contain WeChat's own, which is shown shortened beside ours. */
export function explainFailure(failure: CiFailure): string {
  const match = REASONS.map(([pattern, explain]) => {
    const found = pattern.exec(failure.message)
    return found === null ? null : explain(found)
  }).find((reason) => reason !== null)
  const { what, cure } = match ?? byNumber(failure)
  const said = failure.message.trim().slice(-MAX_QUOTED)
  const quoted = said === '' ? '' : `\n  in its own words: ${said}`
  return `${what[0]?.toUpperCase() ?? ''}${what.slice(1)}.${quoted}\n→ ${cure}`
}
