/** The phone number, from the button's code or, for old clients, from sealed data. */
import { parseFailure } from './errors'
import { request } from './request'
import { sendSealedData } from './sealed-data'
import type { State } from './session'
import { saveUser } from './session'
import type { Phone, RequestOptions } from './types'

export function createPhone(state: State): Phone {
  return {
    fromButton: (detail) =>
      saveUser(state, async (generation) => {
        const { code, encryptedData, iv } = detail ?? {}
        const post = (data: object): RequestOptions => ({
          path: '/v1/me/phone',
          method: 'POST',
          data,
        })
        // The code does not depend on the session_key, so it may be sent again after a 401; sealed data may not.
        if (code) return request(state, post({ code }))
        if (encryptedData) return sendSealedData(state, generation, post({ encryptedData, iv }))
        throw parseFailure(detail, 'unsupported')
      }),
  }
}
