/** Turns a User-Agent into a readable device name. */
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/HarmonyOS|OpenHarmony|ohos/i, 'HarmonyOS'],
  [/iPhone/, 'iPhone'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Mac OS X|Macintosh/, 'Mac'],
]

export function deviceName(headers: Headers): string {
  const agent = headers.get('user-agent') ?? ''
  const system = SYSTEMS.find(([pattern]) => pattern.test(agent))?.[1] ?? '未知设备'
  if (/wechatdevtools/i.test(agent)) return `${system} · 开发者工具`
  const wechat = /MicroMessenger\/(\d+\.\d+\.\d+)/.exec(agent)?.[1]
  return wechat === undefined ? system : `${system} · 微信 ${wechat}`
}
