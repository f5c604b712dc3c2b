/** Real-world failures of miniprogram-ci, and the advice for each. */
import { explainFailure } from '../../../../scripts/release/wechat-ci/explain-failure'

const upload = (message: string) => ({ code: 20003, message })

it.each([
  [
    'the IP allow-list',
    upload(
      'Error: {"errCode":-10008,"errMsg":"invalid ip: 203.0.113.7, reference: https://developers.weixin.qq.com/miniprogram/dev/devtools/ci.html"}',
    ),
    /203\.0\.113\.7, is not on the IP allow-list.*\n.*\n→ Add 203\.0\.113\.7 at .*IP 白名单/,
  ],
  [
    'the IP allow-list, IPv6',
    upload('Error: {"errCode":-10008,"errMsg":"invalid ip: 2001:db8::e6a, reference: https://x"}'),
    /Add 2001:db8::e6a at .*--dns-result-order=ipv4first/,
  ],
  [
    'the IP allow-list, at the first question',
    {
      code: 20001,
      message: 'Error: errCode: -10008; errMsg: invalid ip: 203.0.113.7, reference: …',
    },
    /Add 203\.0\.113\.7 at/,
  ],
  [
    'a plug-in',
    upload(
      'Error: {"errCode":-1,"errMsg":"inner upload fail with errcode: 80082, errmsg: get plugin(id: wx0e203209e27b1e66, version: 1.0.24) failed, permission deny"}',
    ),
    /may not use the plug-in wx0e203209e27b1e66 \(80082\)[^]*→ Add it at .*插件管理/,
  ],
  [
    'the size',
    upload(
      'Error: {"errCode":-1,"errMsg":"inner upload fail with errcode: 80051, errmsg: source size 2113KB exceed max limit 2MB"}',
    ),
    /too large, 2113 KiB \(80051\)[^]*→ npm run package/,
  ],
  [
    'the AppID',
    { code: 20001, message: 'Error: errCode: 40013; errMsg: invalid appid' },
    /knows no such mini-program \(40013\)[^]*→ Correct the AppID/,
  ],
  [
    'the signature',
    upload('Error: {"errCode":-1,"errMsg":"invalid signature"}'),
    /not, or no longer, the key of this AppID[^]*→ Generate a new one/,
  ],
  [
    'a key that is none',
    {
      code: 20002,
      message:
        'generate local signature fail. Usually this happens the content or encoding of private key file is incorrect. Detail: Error: error:1E08010C:DECODER routines::unsupported',
    },
    /nothing can be signed with this key \(20002\)/i,
  ],
  [
    'no network',
    { code: 20001, message: 'Error: getaddrinfo ENOTFOUND servicewechat.com' },
    /was not found \(ENOTFOUND\)[^]*→ Check network and DNS/,
  ],
  [
    'a firewall',
    { code: 20001, message: 'Error: connect ETIMEDOUT 203.0.113.9:443' },
    /can't be reached \(ETIMEDOUT\)/,
  ],
  [
    'a proxy',
    {
      code: 20001,
      message:
        'Error: tunneling socket could not be established, cause=connect ECONNREFUSED 127.0.0.1:1',
    },
    /proxy lets nothing through[^]*no_proxy=servicewechat\.com/,
  ],
  [
    'a proxy that reads along',
    { code: 20001, message: 'Error: self-signed certificate in certificate chain' },
    /certificate is not WeChat’s[^]*NODE_EXTRA_CA_CERTS/,
  ],
  [
    'an argument',
    { code: 10000, message: 'privateKeyPath should not be empty' },
    /\(10000\)[^]*→ /,
  ],
  [
    'the code',
    { code: 10032, message: 'pages/index/index.ts: Unexpected token (3:1)' },
    /refuses the code \(10032\)\.\n.*Unexpected token[^]*→ Mend the file/,
  ],
  ['no app.json', { code: 20000, message: 'app.json not found' }, /\(20000\)[^]*miniprogramRoot/],
  [
    'WeChat is busy',
    upload('Error: {"errCode":-1,"errMsg":"system error"}'),
    /refused the upload \(20003\)[^]*run it again/i,
  ],
  [
    'a new number',
    upload('Error: {"errCode":-80099,"errMsg":"something new"}'),
    /-80099.*something new[^]*→ /,
  ],
  ['nothing known', { code: 0, message: '' }, /^Miniprogram-ci failed\.\n→ Run it again/],
])('%s', (_name, failure, message) => {
  expect(explainFailure(failure)).toMatch(message)
})

it('quotes at most 300 characters', () => {
  expect(explainFailure({ code: 20003, message: 'x'.repeat(5000) }).length).toBeLessThan(600)
})
