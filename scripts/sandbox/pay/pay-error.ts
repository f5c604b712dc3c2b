/** WeChat Pay's errors: a status, a code and a message. */
export class PayError extends Error {
  readonly status: number
  readonly code: string
  readonly detail: unknown

  constructor(status: number, code: string, message: string, detail?: unknown) {
    super(message)
    this.status = status
    this.code = code
    this.detail = detail
  }
}

export const invalidRequest = (message: string): PayError =>
  new PayError(400, 'INVALID_REQUEST', message)

export const paramError = (message: string, detail?: unknown): PayError =>
  new PayError(400, 'PARAM_ERROR', message, detail)
