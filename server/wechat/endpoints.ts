/** The WeChat endpoints that this service calls, isolated from each other. */
import { createEndpoint } from './endpoint'
import type { EndpointOptions } from './endpoint'
import { MAX_CODE_BYTES } from './mini-program-code'

export const LOGIN_LIMITS = { callsAtOnce: 100, callsWaiting: 500 }
/** The limits of each endpoint that only few requests need. */
const OTHER_LIMITS = { callsAtOnce: 30, callsWaiting: 150 }

export type Endpoints = ReturnType<typeof createEndpoints>

export function createEndpoints(options: EndpointOptions) {
  const other = () => createEndpoint(options, OTHER_LIMITS)
  return {
    code2Session: createEndpoint(options, LOGIN_LIMITS),
    accessToken: other(),
    sessionCheck: other(),
    phone: other(),
    contentCheck: other(),
    webCode: other(),
    userinfo: other(),
    jsapiTicket: other(),
    miniProgramCode: createEndpoint(options, { ...OTHER_LIMITS, maxAnswerBytes: MAX_CODE_BYTES }),
  }
}
