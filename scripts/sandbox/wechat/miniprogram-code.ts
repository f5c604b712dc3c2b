/**
 * POST /wxa/getwxacodeunlimit: a picture that opens a page of the mini-program with a scene. WeChat
 * draws a round code that only WeChat reads; the sandbox draws a QR code with the text
 * `page?scene=…`, the scene being percent-encoded as the page receives it.
 * https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/qrcode-link/qr-code/getUnlimitedQRCode.html
 */
import { generate } from 'lean-qr'
import { toPngBuffer } from 'lean-qr/extras/node_export'
import type { Endpoint, WechatJson } from './endpoint'
import { requireFields, requireTokenOf } from './endpoint'
import { Refusal } from './refusal'

const MAIN_PAGE = 'pages/index/index'
const PAGE = /^[\w-]+(\/[\w-]+)*$/
const SCENE = /^[\w!#$&'()*+,/:;=?@.~-]{1,32}$/
const VERSIONS: readonly unknown[] = ['release', 'trial', 'develop']
const CALLS_PER_MINUTE = 5000
const MINUTE_MS = 60_000
const DEFAULT_WIDTH = 430
const [MIN_WIDTH, MAX_WIDTH] = [280, 1280]
const MARGIN_MODULES = 4
const BLACK = [0, 0, 0, 255] as const
const WHITE = [255, 255, 255, 255] as const

/** At most `width` pixels wide: a module of the code is a whole number of pixels. */
function drawCode(text: string, width: number): Buffer {
  const code = generate(text)
  const scale = Math.max(1, Math.floor(width / (code.size + 2 * MARGIN_MODULES)))
  return Buffer.from(toPngBuffer(code, { on: BLACK, off: WHITE, pad: MARGIN_MODULES, scale }))
}

function readWidth({ width = DEFAULT_WIDTH }: WechatJson): number {
  if (typeof width !== 'number') throw new Refusal(47001)
  return Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, width))
}

export const fetchMiniProgramCode: Endpoint = (world, request) => {
  const appid = requireTokenOf(world, request, 'miniprogram')
  if (!world.quotas.take(`getwxacodeunlimit ${appid}`, CALLS_PER_MINUTE, MINUTE_MS)) {
    throw new Refusal(45009)
  }
  const fields = requireFields(request)
  const { scene, page = MAIN_PAGE, check_path: checkPath = true, env_version: version } = fields
  if (typeof scene !== 'string' || !SCENE.test(scene)) throw new Refusal(40169)
  if (version !== undefined && !VERSIONS.includes(version)) throw new Refusal(40097)
  if (typeof page !== 'string' || !PAGE.test(page)) throw new Refusal(41030)
  if (checkPath !== false && !world.appSettings.hasPage(appid, page)) throw new Refusal(41030)
  return drawCode(`${page}?scene=${encodeURIComponent(scene)}`, readWidth(fields))
}
