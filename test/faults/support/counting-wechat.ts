/**
 * A stateless WeChat for long runs: the code contains the person. It counts the calls that each
 * person caused and records repeated codes. It is its own program (start-counting-wechat.ts), so
 * that it answers in time however busy the test is; it sends its port to its parent.
 */
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { SANDBOX_MINI_PROGRAM } from '../../../scripts/lib/defaults'

const SESSION_KEY = Buffer.alloc(16, 7).toString('base64')
/** A person whose session check is never answered. */
const HANGING = 'hanging'

const phoneOf = (purePhoneNumber: string) => ({
  errcode: 0,
  phone_info: { purePhoneNumber, countryCode: '86', watermark: { appid: SANDBOX_MINI_PROGRAM } },
})

/** `good-<person>-<n>` is a valid code of that person; any other is invalid. */
function identityOf(code: string): object {
  const [kind, person] = code.split('-')
  if (kind !== 'good') return { errcode: 40029, errmsg: 'invalid code' }
  return { openid: `o-${String(person)}`, session_key: SESSION_KEY }
}

const calls = new Map<string, number>()
const codes = new Set<string>()
const sentTwice: string[] = []

const count = (what: string) => calls.set(what, (calls.get(what) ?? 0) + 1)

function exchange(code: string): object {
  count(code.split('-').slice(0, 2).join('-'))
  if (codes.has(code)) sentTwice.push(code)
  codes.add(code)
  return identityOf(code)
}

function answer(path: string, query: URLSearchParams, body: { openid?: string }): object | null {
  const openid = query.get('openid') ?? body.openid
  if (path === '/counts') return { calls: Object.fromEntries(calls), sentTwice }
  if (path === '/sns/jscode2session') return exchange(query.get('js_code') ?? '')
  if (path === '/cgi-bin/stable_token') return { access_token: 'token', expires_in: 7200 }
  count(`${path} ${String(openid)}`)
  if (path === '/wxa/business/getuserphonenumber') return phoneOf('13800138000')
  if (path === '/wxa/msg_sec_check') return { errcode: 0, result: { suggest: 'pass' } }
  return openid === `o-${HANGING}` ? null : { errcode: 0 }
}

async function serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(req.url ?? '/', 'http://wechat.test')
  const body = await text(req)
  const said = body === '' ? {} : (JSON.parse(body) as { openid?: string })
  const reply = answer(pathname, searchParams, said)
  if (reply !== null) res.end(JSON.stringify(reply))
}

const server = createServer((req, res) => void serve(req, res).catch(() => res.destroy()))
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
process.on('disconnect', () => process.exit())
