/** The mini-program's one instance of payment. */

import { auth } from './auth'
import { createPayments } from './pay'

export const payments = createPayments(auth)
