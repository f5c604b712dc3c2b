/**
 * The simulated device: the results of the system APIs, and WeChat's User-Agent, from which a
 * server derives the device name.
 */
import { settings, type Settings } from '../settings'

/** The WeChat version of every device. */
export const WECHAT_VERSION = '8.0.50'

interface Device {
  brand: string
  model: string
  system: string
}

const devices: Record<Settings['platform'], Device & { agent: string }> = {
  ios: {
    brand: 'iPhone',
    model: 'iPhone 15',
    system: 'iOS 17.5',
    agent: 'iPhone; CPU iPhone OS 17_5 like Mac OS X',
  },
  android: {
    brand: 'HUAWEI',
    model: 'P60',
    system: 'Android 14',
    agent: 'Linux; Android 14; P60',
  },
  ohos: {
    brand: 'HUAWEI',
    model: 'Mate 70',
    system: 'HarmonyOS 5.0',
    agent: 'Phone; OpenHarmony 5.0',
  },
  windows: {
    brand: 'microsoft',
    model: 'PC',
    system: 'Windows 11',
    agent: 'Windows NT 10.0; Win64; x64',
  },
  mac: {
    brand: 'apple',
    model: 'Mac',
    system: 'macOS 14',
    agent: 'Macintosh; Intel Mac OS X 10_15_7',
  },
  devtools: {
    brand: 'devtools',
    model: 'iPhone 15',
    system: 'iOS 17.5',
    agent: 'iPhone; CPU iPhone OS 17_5 like Mac OS X',
  },
}

/** Brand, model and system of the chosen platform. */
export function presentDevice(): Device {
  const { brand, model, system } = devices[settings.platform]
  return { brand, model, system }
}

/** The User-Agent of every request; only the one of DevTools mentions DevTools. */
export function userAgent(): string {
  const { platform } = settings
  const devtools = platform === 'devtools' ? ' wechatdevtools/1.06' : ''
  const engine = 'AppleWebKit/605.1.15 (KHTML, like Gecko)'
  return `Mozilla/5.0 (${devices[platform].agent}) ${engine}${devtools} MicroMessenger/${WECHAT_VERSION} Language/zh_CN`
}
