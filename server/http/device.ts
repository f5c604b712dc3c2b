/** Turns a User-Agent into a readable name of the device, for the list of sessions. */

const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/HarmonyOS|OpenHarmony|ohos/i, 'HarmonyOS'],
  [/iPhone/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Mac OS X|Macintosh/, 'Mac'],
  [/Linux/, 'Linux'],
]

/** In Chinese where there is a word for it, since the end user reads it. */
export function deviceName(userAgent: string | undefined): string {
  const text = (userAgent ?? '').slice(0, 512)
  const system = SYSTEMS.find(([pattern]) => pattern.test(text))?.[1] ?? '未知设备'
  if (/wechatdevtools/i.test(text)) return `${system} · 开发者工具`
  const wechat = /MicroMessenger\/(\d+\.\d+\.\d+)/.exec(text)?.[1]
  return wechat === undefined ? system : `${system} · 微信 ${wechat}`
}
