/** The bodies of the payment endpoints. An undocumented field is refused, as WeChat does. */
import { z } from 'zod'
import { UNKNOWN_FIELD, paramError } from './pay-error'

const text = (max: number, min = 1) => z.string().min(min).max(max)
const fen = z.int().min(1)
const outTradeNo = z.string().regex(/^[\w*|-]{6,32}$/)
const notifyUrl = z
  .url()
  .max(255)
  .regex(/^[^?#]*$/)

const goods = z.strictObject({
  merchant_goods_id: text(32),
  wechatpay_goods_id: text(32).optional(),
  goods_name: text(256).optional(),
  quantity: fen,
  unit_price: fen,
})

export const prepayInput = z.strictObject({
  appid: text(32),
  mchid: text(32),
  description: text(127),
  out_trade_no: outTradeNo,
  time_expire: z.iso.datetime({ offset: true }).max(64).optional(),
  attach: text(128).optional(),
  notify_url: notifyUrl,
  goods_tag: text(32).optional(),
  support_fapiao: z.boolean().optional(),
  amount: z.strictObject({ total: fen, currency: z.literal('CNY').optional() }),
  payer: z.strictObject({ openid: text(128) }),
  detail: z
    .strictObject({
      cost_price: z.int().optional(),
      invoice_id: text(32).optional(),
      goods_detail: z.array(goods).optional(),
    })
    .optional(),
  scene_info: z
    .strictObject({
      payer_client_ip: text(45),
      device_id: text(32).optional(),
      store_info: z
        .strictObject({
          id: text(32),
          name: text(256).optional(),
          area_code: text(32).optional(),
          address: text(512).optional(),
        })
        .optional(),
    })
    .optional(),
  settle_info: z.strictObject({ profit_sharing: z.boolean().optional() }).optional(),
})

export const closeInput = z.strictObject({ mchid: text(32) })

const MAX_REASON_BYTES = 80

export const refundInput = z
  .strictObject({
    transaction_id: text(32).optional(),
    out_trade_no: outTradeNo.optional(),
    out_refund_no: z.string().regex(/^[\w*|@-]{1,64}$/),
    reason: z
      .string()
      .refine((value) => Buffer.byteLength(value) <= MAX_REASON_BYTES)
      .optional(),
    notify_url: notifyUrl.max(256).optional(),
    funds_account: z.enum(['AVAILABLE', 'UNSETTLED']).optional(),
    amount: z.strictObject({
      refund: fen,
      total: fen,
      currency: z.literal('CNY'),
      from: z
        .array(z.strictObject({ account: z.enum(['AVAILABLE', 'UNAVAILABLE']), amount: fen }))
        .optional(),
    }),
    goods_detail: z.array(z.looseObject({ merchant_goods_id: text(32) })).optional(),
  })
  .refine((input) => (input.transaction_id === undefined) !== (input.out_trade_no === undefined))

export type PrepayInput = z.infer<typeof prepayInput>
export type RefundInput = z.infer<typeof refundInput>

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    throw paramError('请求体不是合法的 JSON')
  }
}

/** Throws PARAM_ERROR that names the first wrong field. */
export function parsePayBody<T>(schema: z.ZodType<T>, body: string): T {
  const result = schema.safeParse(parseJson(body))
  if (result.success) return result.data
  const [issue] = result.error.issues
  if (issue?.code === 'unrecognized_keys') {
    const message = `请求中含有未在API文档中定义的参数：${issue.keys.join(', ')}`
    throw paramError(message, undefined, UNKNOWN_FIELD)
  }
  const field = `/${issue?.path.join('/') ?? ''}`
  throw paramError(`参数错误：${field}`, { location: 'body', field, issue: issue?.message })
}
