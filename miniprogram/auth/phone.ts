/** The phone number, from the button's code or, for old clients, from sealed data. */
import type { Core } from './core'
import { parseFailure } from './errors'
import { request, requestSealed } from './request'
import { keepUser } from './session'
import type { Phone, RequestOptions } from './types'

export function createPhone(core: Core): Phone {
  return {
    fromButton: (detail) =>
      keepUser(core, async (era) => {
        const { code, encryptedData, iv } = detail ?? {}
        const post = (data: object): RequestOptions => ({
          path: '/v1/me/phone',
          method: 'POST',
          data,
        })
        // The code is bound to no session_key: it may go out again after a 401, sealed data may not.
        if (code) return request(core, post({ code }))
        if (encryptedData && iv) return requestSealed(core, era, post({ encryptedData, iv }))
        throw parseFailure(detail, 'unsupported')
      }),
  }
}
