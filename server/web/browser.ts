/** Readable names of a browser and of its network. */
import type { Request } from 'express'
import { deviceName } from '../http/device'

const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/Edg\//, 'Edge'],
  [/Firefox\//, 'Firefox'],
  [/Chrome\//, 'Chrome'],
  [/Safari\//, 'Safari'],
]

/** Such as `Windows · Chrome`. */
export function browserName({ headers }: Request): string {
  const userAgent = (headers['user-agent'] ?? '').slice(0, 512)
  const system = deviceName(userAgent)
  // deviceName names WeChat.
  if (userAgent.includes('MicroMessenger')) return system
  const name = BROWSERS.find(([pattern]) => pattern.test(userAgent))?.[1]
  return name === undefined ? system : `${system} · ${name}`
}

/** Shows enough of the address to recognise one's own network: `203.0.113.*`. */
export function areaOf(address: string): string {
  if (address === '127.0.0.1' || address === '::1') return '本机'
  if (address.includes('.')) return `IP ${address.split('.').slice(0, 3).join('.')}.*`
  return address === '' ? '未知' : `IP ${address.split(':').slice(0, 3).join(':')}:*`
}
