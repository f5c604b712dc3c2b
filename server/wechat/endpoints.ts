/** The endpoints of WeChat that this service asks, each apart from the others. */
import { createEndpoint } from './endpoint'
import type { EndpointOptions } from './endpoint'
import { MAX_CODE_BYTES } from './mini-program-code'

const LOGIN_LIMITS = { callsAtOnce: 100, callsWaiting: 500 }
/** The limits of each endpoint that few requests need. */
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
