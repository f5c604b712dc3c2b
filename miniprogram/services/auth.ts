/**
 * The mini-program's one auth instance. Pages import it from here and wait on `auth.ready()`; nothing
 * is kept on `getApp()`, so no page depends on what ran before it.
 */

import { createAuth } from '../auth/index'
import { getBaseUrl } from '../config'
import { findArrival } from './arrival'

export const auth = createAuth({ baseUrl: getBaseUrl(), extra: findArrival })
