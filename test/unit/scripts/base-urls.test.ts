/** WeChat's rules for the address of a trial or release version. */
import { judgeBaseUrl } from '../../../scripts/lib/project/base-urls'

it.each([
  ['https://api.example.cn', []],
  ['https://api.example.cn/base', []],
  ['https://change-me.example.com', ['is still the placeholder']],
  ['http://api.example.cn', ['is not HTTPS']],
  ['https://1.2.3.4', ['is an IP address']],
  ['https://[2001:db8::1]', ['is an IP address']],
  // The URL parser accepts this one as an address, and so does a phone.
  ['https://2130706433', ['is an IP address']],
  ['http://localhost:3000', ['is a local name', 'is not HTTPS', 'names port 3000']],
  ['https://my-mac.local', ['is a local name']],
  ['https://intranet', ['is no full domain name']],
  ['https://api.weixin.qq.com', ['is WeChat itself']],
  ['https://api.example.cn:443', ['names port 443']],
  ['https://api.example.cn:8443', ['names port 8443']],
  ['https://api.example.cn/', ['ends in a slash or a query']],
  ['https://api.example.cn?x=1', ['ends in a slash or a query']],
  ['api.example.cn', ['is no URL']],
])('the address %s', (text, faults) => {
  expect(judgeBaseUrl(text).map(({ what }) => what)).toEqual(faults)
  expect(judgeBaseUrl(text).every(({ cure }) => cure !== '')).toBe(true)
})
