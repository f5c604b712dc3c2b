/**
 * Checks of payment that the server can't make: whether the certificate beside the key matches it,
 * whether WeChat Pay is reachable, and whether both clocks agree. The server itself checks the
 * PAY_* variables.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { variable } from './context'
import type { DoctorContext } from './context'
import { fail, ok, warn } from './finding'
import type { Finding } from './finding'

const WECHAT_PAY = 'https://api.mch.weixin.qq.com'
const ANSWER_WITHIN_MS = 5000
/** Beyond 5 minutes WeChat refuses every request, and we every notice. */
const HARMFUL_SKEW_MS = 240_000
const DAY_MS = 86_400_000
const SOON_MS = 30 * DAY_MS
const CERTIFICATE = 'apiclient_cert.pem'
const CONSOLE = 'pay.weixin.qq.com → 账户中心 → API安全'

function judgeCertificate(pem: string, keyPem: string, serial: string, nowMs: number): Finding {
  const certificate = new X509Certificate(pem)
  const subject = 'PAY_SERIAL'
  if (certificate.serialNumber.toUpperCase() !== serial.toUpperCase()) {
    const cure = `Write PAY_SERIAL=${certificate.serialNumber}, or take the files of one download.`
    return fail(subject, `it is not the serial of ${CERTIFICATE}`, cure)
  }
  if (!certificate.checkPrivateKey(createPrivateKey(keyPem))) {
    const cure = `Take apiclient_key.pem and ${CERTIFICATE} of one download; ${CONSOLE} makes new ones.`
    return fail('PAY_PRIVATE_KEY', `it is not the key of ${CERTIFICATE}`, cure)
  }
  const leftMs = Date.parse(certificate.validTo) - nowMs
  const cure = `Renew it at ${CONSOLE}.`
  if (leftMs < 0) return fail(subject, 'the certificate of the merchant has ended', cure)
  if (leftMs < SOON_MS) {
    const days = Math.floor(leftMs / DAY_MS)
    return warn(subject, `the certificate of the merchant ends in ${days} days`, cure)
  }
  return ok(subject, `key, serial and ${CERTIFICATE} belong together`)
}

/** The console hands out key and certificate in one folder; without the certificate nothing is compared. */
function checkCertificate(context: DoctorContext): Finding[] {
  const file = variable(context, 'PAY_PRIVATE_KEY_FILE')
  if (file === '') return []
  const keyFile = resolve(context.root, file)
  const certificateFile = join(dirname(keyFile), CERTIFICATE)
  if (!existsSync(keyFile) || !existsSync(certificateFile)) return []
  const [pem, keyPem] = [certificateFile, keyFile].map((path) => readFileSync(path, 'utf8'))
  try {
    const serial = variable(context, 'PAY_SERIAL')
    return [judgeCertificate(pem ?? '', keyPem ?? '', serial, context.now())]
  } catch {
    return [fail('PAY_PRIVATE_KEY', `it or ${CERTIFICATE} can't be read as PEM`, `See ${CONSOLE}.`)]
  }
}

async function checkReach(context: DoctorContext): Promise<Finding> {
  const base = variable(context, 'PAY_API_BASE') || WECHAT_PAY
  try {
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS)
    const { headers } = await fetch(base, { signal, redirect: 'manual' })
    const theirs = Date.parse(headers.get('date') ?? '')
    if (Number.isNaN(theirs)) return ok('WeChat Pay', 'answers, without its time')
    const skewMs = Math.abs(context.now() - theirs)
    if (skewMs > HARMFUL_SKEW_MS) {
      const what = `this clock and WeChat Pay's differ by ${Math.round(skewMs / 1000)} s`
      return fail(
        'clock',
        what,
        'Set the clock by NTP: beyond 300 s no request and no notice counts.',
      )
    }
    return ok('WeChat Pay', 'answers, and the clocks agree')
  } catch {
    return fail('WeChat Pay', `${base} does not answer`, 'Check DNS, proxy and firewall.')
  }
}

export async function checkPay(context: DoctorContext): Promise<Finding[]> {
  if (variable(context, 'PAY_MCHID') === '') return []
  const findings = checkCertificate(context)
  return context.online ? [...findings, await checkReach(context)] : findings
}
