/**
 * Uses the token outside of JSON requests: a download, a stream, and an SDK that sends its own
 * requests.
 */

import { download } from '../../auth/download'
import { stream } from '../../auth/stream'
import { auth } from '../../services/auth'
import type { Experiment } from './experiment'
import { observe, outcomeOf } from './outcome'
import { fetchMeLikeAnSdk } from './platform'
import { labTexts } from './texts'

const o = labTexts.outcome

export const beyondJson: Experiment[] = [
  {
    id: 'download',
    trigger: 'tap',
    since: '1.0.0',
    api: 'downloadFile',
    async run() {
      let percent = 0
      const { tempFilePath } = await download(auth, {
        path: '/v1/me/export',
        onProgress: (now) => (percent = now),
      })
      return outcomeOf([
        [o.path, tempFilePath],
        [o.progress, percent > 0 ? `${percent}%` : ''],
      ])
    },
  },
  {
    id: 'stream',
    trigger: 'tap',
    since: '2.20.2',
    async run() {
      let pieces = 0
      let text = ''
      await stream(auth, {
        path: '/v1/me/export',
        onText(piece) {
          pieces += 1
          text += piece
        },
      })
      return outcomeOf([
        [o.received, `${text.length} ${o.characters}`],
        [o.pieces, pieces],
      ])
    },
  },
  {
    id: 'with-token',
    trigger: 'tap',
    since: '1.0.0',
    async run() {
      // End the session without telling the library, so that the SDK gets a 401.
      await auth.request({ path: '/v1/logout', method: 'POST' })
      let calls = 0
      const { logins } = await observe(auth, () =>
        auth.withToken((token) => {
          calls += 1
          return fetchMeLikeAnSdk(token)
        }),
      )
      return outcomeOf([
        [o.result, o.done],
        [o.sdkCalls, calls],
        [o.logins, logins],
      ])
    },
  },
]
