/**
 * Compares what the code asks for with docs/privacy.md, whose rows are entered in the admin console by
 * hand. WeChat refuses an API whose use is not declared there with errno 112.
 * https://developers.weixin.qq.com/miniprogram/dev/framework/user-privacy/miniprogram-intro.html
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { compilePackage } from '../check/leaks/compile-package'
import { readJson } from '../lib/json-file'
import type { DoctorContext } from './context'
import { fail, ok, warn } from './finding'
import type { Finding } from './finding'

const DECLARATION = 'docs/privacy.md'
const CONSOLE = 'mp.weixin.qq.com → 设置 → 服务内容声明 → 用户隐私保护指引'

/** The console's name of each kind of information, and what in the code asks for it. */
const KINDS: readonly (readonly [string, RegExp])[] = [
  ['收集你的昵称、头像', /\bchooseAvatar\b|type="nickname"/],
  ['收集你的手机号', /\bget(Realtime)?PhoneNumber\b/],
  ['收集你的位置信息', /\b(getLocation|getFuzzyLocation|startLocationUpdate(Background)?)\b/],
  ['收集你选择的位置信息', /\b(choosePoi|chooseLocation)\b/],
  ['收集你的地址', /\bchooseAddress\b/],
  ['收集你的发票信息', /\b(chooseInvoice|chooseInvoiceTitle)\b/],
  ['收集你的微信运动步数', /\bgetWeRunData\b/],
  ['收集你的车牌号', /\bchooseLicensePlate\b/],
  ['收集你选中的照片或视频信息', /\b(chooseImage|chooseMedia|chooseVideo)\b/],
  ['收集你选中的文件', /\bchooseMessageFile\b/],
  ['访问你的麦克风', /\b(startRecord|getRecorderManager|joinVoIPChat)\b|<live-pusher\b/],
  ['访问你的摄像头', /\bcreateVKSession\b|<camera\b|<live-pusher\b|<voip-room\b/],
  ['访问你的蓝牙', /\b(openBluetoothAdapter|createBLEPeripheralServer)\b/],
  ['使用你的相册（仅写入）权限', /\bsave(Image|Video)ToPhotosAlbum\b/],
  ['使用你的通讯录（仅写入）权限', /\baddPhoneContact\b/],
  ['使用你的日历（仅写入）权限', /\baddPhone(Repeat)?Calendar\b/],
  ['读取你的剪切板', /\b[gs]etClipboardData\b/],
]

/** Places that app.json must name as well. */
const REQUIRED_INFOS =
  /\b(getFuzzyLocation|getLocation|onLocationChange|startLocationUpdate(?:Background)?|chooseLocation|choosePoi|chooseAddress)\b/g

interface AppJson {
  __usePrivacyCheck__?: boolean
  requiredPrivateInfos?: string[]
}

/** The first cell of each row of the table, without the head. */
function declaredKinds(root: string): string[] {
  const file = join(root, DECLARATION)
  if (!existsSync(file)) return []
  const cells = readFileSync(file, 'utf8').matchAll(/^\|\s*([^|]+?)\s*\|/gm)
  return [...cells].map(([, cell = '']) => cell)
}

function judgeKinds(used: string[], declared: string[]): Finding[] {
  const known = KINDS.map(([kind]) => kind)
  const missing = used.filter((kind) => !declared.includes(kind))
  const idle = declared.filter((kind) => known.includes(kind) && !used.includes(kind))
  return [
    ...missing.map((kind) =>
      fail(
        'privacy',
        `the code uses "${kind}", and ${DECLARATION} does not name it`,
        `Declare it at ${CONSOLE}, then add it to ${DECLARATION}.`,
      ),
    ),
    ...idle.map((kind) =>
      warn(
        'privacy',
        `${DECLARATION} names "${kind}", and the code does not use it`,
        `Take it out there and at ${CONSOLE}: declare no more than is asked for.`,
      ),
    ),
    ...(missing.length + idle.length === 0
      ? [ok('privacy', `to be declared in the console: ${used.join('; ') || 'nothing'}`)]
      : []),
  ]
}

function judgeAppJson(app: AppJson, code: string): Finding[] {
  const findings: Finding[] = []
  if (app.__usePrivacyCheck__ !== true) {
    const what = 'app.json has no "__usePrivacyCheck__": true, so old DevTools show no popup'
    findings.push(warn('privacy', what, 'Write it into miniprogram/app.json.'))
  }
  const wanted = new Set([...code.matchAll(REQUIRED_INFOS)].map(([name]) => name))
  for (const name of wanted) {
    if (app.requiredPrivateInfos?.includes(name) === true) continue
    const what = `the code uses ${name}, and app.json does not list it`
    findings.push(fail('privacy', what, `Add it to requiredPrivateInfos in miniprogram/app.json.`))
  }
  return findings
}

export async function checkPrivacy({ root }: DoctorContext): Promise<Finding[]> {
  const dir = join(root, 'miniprogram')
  const { files } = await compilePackage(dir)
  const code = files
    .filter(({ path }) => /\.(js|wxml)$/.test(path))
    .map(({ text }) => text)
    .join('\n')
  const used = KINDS.filter(([, pattern]) => pattern.test(code)).map(([kind]) => kind)
  const app = readJson(join(dir, 'app.json')) as AppJson
  return [...judgeKinds(used, declaredKinds(root)), ...judgeAppJson(app, code)]
}
