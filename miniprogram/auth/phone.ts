/** The phone number, from the button's code or, for old clients, from sealed data. */
import type { Core } from './core'
import { parseFailure } from './errors'
import { keepAnswer, postSealed } from './profile'
import { request } from './request'
import type { Phone } from './types'

const path = '/v1/me/phone'

export function createPhone(core: Core): Phone {
  return {
    fromButton: (detail) =>
      keepAnswer(core, async (era) => {
        const { code, encryptedData, iv } = detail
        // The code is bound to no session_key: it may go out again after a 401, sealed data may not.
        if (code) return request(core, { path, method: 'POST', data: { code } })
        if (encryptedData && iv) return postSealed(core, era, path, { encryptedData, iv })
        throw parseFailure(detail, 'unsupported')
      }),
  }
}
