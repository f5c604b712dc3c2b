const WRONG_PARAMETER = 268435461

/** What the last part of Request-ID says about an error; others are called a wrong parameter. */
const REQUEST_DETAILS: Readonly<Record<string, number>> = {
  PARAM_ERROR: WRONG_PARAMETER,
  SIGN_ERROR: 268443699,
  APPID_MCHID_NOT_MATCH: 268445527,
  FREQUENCY_LIMITED: 268447840,
  ORDER_CLOSED: 268447914,
  ORDER_PAID: 268498689,
  ORDER_NOT_EXIST: 268512771,
}

/** The detail number of an INVALID_REQUEST or a PARAM_ERROR. */
export const REENTERED = 268498688
export const ALREADY_PAID = 268498689
export const UNKNOWN_FIELD = 270924358

/** WeChat Pay's errors: a status, a code and a message. */
export class PayError extends Error {
  readonly status: number
  readonly code: string
  readonly detail: unknown
  readonly requestDetail: number

  constructor(
    status: number,
    code: string,
    message: string,
    detail?: unknown,
    requestDetail = REQUEST_DETAILS[code] ?? WRONG_PARAMETER,
  ) {
    super(message)
    this.status = status
    this.code = code
    this.detail = detail
    this.requestDetail = requestDetail
  }
}

export const invalidRequest = (message: string, requestDetail?: number): PayError =>
  new PayError(400, 'INVALID_REQUEST', message, undefined, requestDetail)

export const paramError = (message: string, detail?: unknown, requestDetail?: number): PayError =>
  new PayError(400, 'PARAM_ERROR', message, detail, requestDetail)
