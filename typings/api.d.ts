/**
 * The HTTP contract of the BFF as types, for both sides: import them with `import type` only.
 * Paths, field names, status codes and error codes are fixed; adding is fine, changing breaks clients.
 * Every instant is an ISO 8601 string in UTC.
 */

/** 0 unknown, 1 male, 2 female: WeChat's own numbering. Since 2021-10 WeChat answers 0 for everyone. */
export type Gender = 0 | 1 | 2

export interface User {
  /** The service's own id; it says nothing about the openid. */
  id: string
  /** WeChat's id of this person in this app; null when the service hides it (`EXPOSE_OPENID=false`). */
  openid: string | null
  /** Null when the app is bound to no open-platform account, or when the service hides it. */
  unionid: string | null
  nickname: string | null
  avatarUrl: string | null
  gender: Gender
  /** Masked, `156******77`. */
  phone: string | null
  createdAt: string
  lastLoginAt: string
}

export interface LoginBody {
  /**
   * From `wx.login`: `[A-Za-z0-9_-]{1,128}`, lives 5 minutes, works once. May be left out where WeChat's
   * cloud tells the server who calls: in a 云函数, and in 微信云托管 with `TRUST_CLOUD_HEADERS`.
   */
  code?: string
  /** Picks one of several configured apps; may be left out with one app. */
  appid?: string
  /**
   * For the service that embeds this one: an invitation, a channel, a scene. At most 1 KiB as JSON; it
   * is handed to its hooks and stored nowhere.
   */
  extra?: Record<string, unknown>
}

export interface LoginAnswer {
  token: string
  /** The absolute end of the session; the token is refused from then on. */
  expiresAt: string
  user: User
  isNew: boolean
}

export interface UpdateMeBody {
  /** 1 to 32 graphemes after NFC and trimming; null clears it. */
  nickname?: string | null
}

/** What `wx.getUserProfile` or `open-type="getUserInfo"` answered, untouched. */
export interface WechatProfileBody {
  rawData: string
  signature: string
  encryptedData: string
  iv: string
}

/** `{code}` from the phone button, or the sealed form that old clients get. */
export type PhoneBody = { code: string } | { encryptedData: string; iv: string }

export interface Session {
  id: string
  createdAt: string
  lastSeenAt: string
  /** Readable, from the User-Agent. */
  device: string
  /** True for the session that asked. */
  current: boolean
}

export interface SessionsAnswer {
  sessions: Session[]
}

export interface SessionCheckAnswer {
  sessionKeyValid: boolean
}

export interface OrderBody {
  /** Of the catalogue: `[A-Za-z0-9_-]{1,64}`. */
  item: string
  /** 1 by default. */
  quantity?: number
  /** `[A-Za-z0-9_-]{8,64}`. Chosen by the client; the same value returns the same order. */
  requestId: string
}

/** What is sold, where the server has a catalogue. */
export interface PayItemsAnswer {
  items: { item: string; description: string; priceFen: number; maxQuantity: number }[]
}

/** Amounts are whole numbers of fen, 1/100 yuan. */
export interface Order {
  id: string
  item: string
  description: string
  quantity: number
  amountFen: number
  /** What has been refunded so far. */
  refundedFen: number
  currency: 'CNY'
  status: 'pending' | 'paid' | 'closed' | 'refunded' | 'partly-refunded'
  createdAt: string
  paidAt: string | null
  /** Until then it can be paid. */
  expiresAt: string
  /** WeChat's number of the payment. */
  transactionId: string | null
}

/** What `wx.requestPayment` takes, as it is. */
export interface PaymentParameters {
  /** Seconds, as text. */
  timeStamp: string
  nonceStr: string
  /** `prepay_id=…` */
  package: string
  signType: 'RSA'
  paySign: string
}

export interface OrderAnswer {
  order: Order
  payment: PaymentParameters
}

export interface OrdersAnswer {
  orders: Order[]
}

export interface RefundBody {
  /** 1 or more; all refunds of an order together never exceed what was paid. */
  amountFen: number
  /** Shown to the person; at most 80 bytes of UTF-8. */
  reason?: string
  requestId: string
}

export interface Refund {
  id: string
  orderId: string
  amountFen: number
  reason: string | null
  status: 'processing' | 'succeeded' | 'failed'
  createdAt: string
  finishedAt: string | null
}

export type ErrorCode =
  | 'INVALID_REQUEST'
  | 'STATE_INVALID'
  | 'TICKET_INVALID'
  | 'WX_CODE_INVALID'
  | 'WX_CODE_USED'
  | 'OPEN_DATA_INVALID'
  | 'WX_CODE_IN_FLIGHT'
  | 'SESSION_KEY_STALE'
  | 'TOKEN_MISSING'
  | 'TOKEN_INVALID'
  | 'TOKEN_EXPIRED'
  | 'SESSION_REVOKED'
  | 'SESSION_ENDED'
  | 'ACCOUNT_DELETED'
  | 'WX_USER_BLOCKED'
  | 'NOT_BOUND'
  | 'ALREADY_BOUND'
  | 'CROSS_SITE'
  | 'NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'BODY_TOO_LARGE'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'IMAGE_REJECTED'
  | 'CONTENT_REJECTED'
  | 'RATE_LIMITED'
  | 'SLOW_DOWN'
  | 'INTERNAL'
  | 'WX_QUOTA'
  | 'WX_UNAVAILABLE'
  | 'WX_MISCONFIGURED'
  | 'REQUEST_ID_REUSED'
  | 'ORDER_NOT_PAYABLE'
  | 'REFUND_REJECTED'
  | 'PAY_UNAVAILABLE'
  | 'PAY_MISCONFIGURED'
  | 'STORAGE_UNAVAILABLE'
  | 'OVERLOADED'
  | 'SHUTTING_DOWN'

export interface Issue {
  /** Where in the request: `code`, `header.x`, … */
  path: string
  message: string
}

export interface ErrorBody {
  error: {
    code: ErrorCode
    /** One sentence for a developer, never for the end user. */
    message: string
    requestId: string
    /** With `INVALID_REQUEST`. */
    issues?: Issue[]
  }
}

/** `GET /v1/scans/:scene`: a browser that asks to be signed in. */
export interface Scan {
  browser: string
  area: string
  createdAt: string
}
