/**
 * WeChat Pay in memory: its rules for orders and refunds, and calls that fail before or after they
 * take effect.
 */
import { createCipheriv, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { endedAtWechat } from '../../../server/pay/calls/prepay'
import type { Transaction } from '../../../server/pay/calls/query-order'
import type { RefundAnswer, RefundState } from '../../../server/pay/calls/refund'
import { payMisconfigured, PayError, payUnavailable } from '../../../server/pay/pay-error'
import { createNonce } from '../../../server/pay/signature'
import type { SignedMessage } from '../../../server/pay/signature'
import type { PayCalls, WechatPay } from '../../../server/pay/wechat-pay'

export const MCHID = '1900000001'
export const KEY_ID = 'PUB_KEY_ID_0000000000000000000000000000001'
export const API_V3_KEY = 'sandbox-api-v3-key-0123456789abc'
// Small, because thousands of notices are signed; the key length is checked in the configuration.
export const wechatPair = generateKeyPairSync('rsa', { modulusLength: 1024 })

interface KnownOrder {
  appid: string
  outTradeNo: string
  totalFen: number
  state: 'NOTPAY' | 'SUCCESS' | 'REFUND' | 'CLOSED'
  transactionId: string | null
  expiresAtMs: number
  notifyUrl: string
}

interface KnownRefund {
  outTradeNo: string
  outRefundNo: string
  totalFen: number
  refundFen: number
  state: RefundState
}

/** `lost`: it never arrived; `unanswered`: it took effect, but the answer was lost. */
type Fault = 'lost' | 'unanswered'

export function createStandIn(clock: { nowMs: number }) {
  const orders = new Map<string, KnownOrder>()
  const refunds = new Map<string, KnownRefund>()
  const faults: Fault[] = []
  const calls: string[] = []
  /** Runs between a query and the following close. */
  const beforeClose: (() => void)[] = []

  async function call<T>(name: string, act: () => T): Promise<T> {
    calls.push(name)
    await Promise.resolve()
    const fault = faults.shift()
    if (fault === 'lost') throw payUnavailable('the connection failed')
    const answer = act()
    if (fault === 'unanswered') throw payUnavailable('it did not answer in time')
    return answer
  }

  const toTransaction = (order: KnownOrder): Transaction => ({
    appid: order.appid,
    mchid: MCHID,
    out_trade_no: order.outTradeNo,
    trade_state: order.state,
    ...(order.transactionId !== null && {
      transaction_id: order.transactionId,
      success_time: new Date(clock.nowMs).toISOString(),
      amount: { total: order.totalFen, currency: 'CNY' },
    }),
  })

  const toRefundAnswer = (refund: KnownRefund): RefundAnswer => ({
    out_trade_no: refund.outTradeNo,
    out_refund_no: refund.outRefundNo,
    refund_id: `5030${refund.outRefundNo.slice(0, 20)}`,
    status: refund.state,
    amount: { total: refund.totalFen, refund: refund.refundFen, currency: 'CNY' },
  })

  const payCalls: PayCalls = {
    prepay: (order) =>
      call('prepay', () => {
        const known = orders.get(order.outTradeNo)
        if (known !== undefined && known.state !== 'NOTPAY') return endedAtWechat('ORDERPAID')
        if (known !== undefined && known.notifyUrl !== order.notifyUrl) {
          return payMisconfigured('a rule is broken', 'INVALIDREQUEST')
        }
        orders.set(order.outTradeNo, {
          appid: order.appid,
          outTradeNo: order.outTradeNo,
          totalFen: order.amountFen,
          state: 'NOTPAY',
          transactionId: null,
          expiresAtMs: order.expiresAtMs,
          notifyUrl: order.notifyUrl,
        })
        return `wx${createNonce()}`
      }),
    queryOrder: (_mchid, outTradeNo) =>
      call('query', () => {
        const known = orders.get(outTradeNo)
        return known === undefined ? null : toTransaction(known)
      }),
    closeOrder: (_mchid, outTradeNo) =>
      call('close', () => {
        beforeClose.shift()?.()
        const known = orders.get(outTradeNo)
        if (known === undefined) return true
        if (known.state === 'SUCCESS' || known.state === 'REFUND') return false
        known.state = 'CLOSED'
        return true
      }),
    refund: (order) =>
      call('refund', () => {
        const known = refunds.get(order.outRefundNo)
        if (known !== undefined) return toRefundAnswer(known)
        const paid = orders.get(order.outTradeNo)
        const isPaid = paid?.state === 'SUCCESS' || paid?.state === 'REFUND'
        // Less strict than WeChat, which limits the sum of refunds: our own limit is under test.
        if (!isPaid || order.refundFen > paid.totalFen) {
          throw new PayError('REFUND_REJECTED', 'no', { reason: 'INVALIDREQUEST' })
        }
        const { outTradeNo, outRefundNo, refundFen, totalFen } = order
        const made: KnownRefund = {
          outTradeNo,
          outRefundNo,
          refundFen,
          totalFen,
          state: 'PROCESSING',
        }
        refunds.set(outRefundNo, made)
        paid.state = 'REFUND'
        return toRefundAnswer(made)
      }),
    queryRefund: (outRefundNo) =>
      call('query-refund', () => {
        const known = refunds.get(outRefundNo)
        return known === undefined ? null : toRefundAnswer(known)
      }),
  }
  const wechatPay: WechatPay = { startCalls: () => payCalls, close: () => undefined }

  function notice(event: string, plain: object): SignedMessage {
    const nonce = randomBytes(6).toString('hex')
    const cipher = createCipheriv('aes-256-gcm', Buffer.from(API_V3_KEY), nonce)
    cipher.setAAD(Buffer.from('aad'))
    const sealed = Buffer.concat([cipher.update(JSON.stringify(plain)), cipher.final()])
    const ciphertext = Buffer.concat([sealed, cipher.getAuthTag()]).toString('base64')
    const resource = { algorithm: 'AEAD_AES_256_GCM', ciphertext, nonce, associated_data: 'aad' }
    return signedMessage(JSON.stringify({ id: nonce, event_type: event, resource }))
  }

  function signedMessage(text: string): SignedMessage {
    const timestamp = String(Math.floor(clock.nowMs / 1000))
    const nonce = createNonce()
    const signed = Buffer.from(`${timestamp}\n${nonce}\n${text}\n`)
    const headers = {
      'wechatpay-timestamp': timestamp,
      'wechatpay-nonce': nonce,
      'wechatpay-serial': KEY_ID,
      'wechatpay-signature': sign('RSA-SHA256', signed, wechatPair.privateKey).toString('base64'),
    }
    return { headers, body: Buffer.from(text) }
  }

  return {
    wechatPay,
    orders,
    refunds,
    /** The next calls fail so, in turn. */
    faults,
    calls,
    beforeClose,
    signedMessage,
    notice,
    /** The person pays. @returns false when WeChat refuses. */
    pay(outTradeNo: string): boolean {
      const order = orders.get(outTradeNo)
      if (order?.state !== 'NOTPAY' || clock.nowMs >= order.expiresAtMs) return false
      order.state = 'SUCCESS'
      order.transactionId = `4200${outTradeNo.slice(0, 24)}`
      return true
    },
    /** The bank finishes refunds in process. */
    endRefunds(state: RefundState): void {
      for (const refund of refunds.values()) {
        if (refund.state === 'PROCESSING') refund.state = state
      }
    },
    paymentNotice(outTradeNo: string, change: object = {}): SignedMessage {
      const order = orders.get(outTradeNo)!
      return notice('TRANSACTION.SUCCESS', {
        ...toTransaction(order),
        trade_state: 'SUCCESS',
        ...change,
      })
    },
    refundNotice(outRefundNo: string, change: object = {}): SignedMessage {
      const refund = refunds.get(outRefundNo)!
      const { status, ...fields } = toRefundAnswer(refund)
      const plain = { ...fields, mchid: MCHID, refund_status: status, ...change }
      return notice(`REFUND.${status}`, plain)
    },
  }
}

export type StandIn = ReturnType<typeof createStandIn>
