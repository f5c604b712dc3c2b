/**
 * `wx.cloud.database`: the preview has none. Every collection is empty and every condition is
 * accepted; a message says so once.
 * https://developers.weixin.qq.com/miniprogram/dev/wxcloudservice/wxcloud/reference-sdk-api/Cloud.database.html
 */
import { reportGap } from '../reports'

/** The results of the query methods on an empty database. */
const answers: Record<string, () => object> = {
  get: () => ({ data: [] }),
  count: () => ({ total: 0 }),
  end: () => ({ list: [] }),
  add: () => ({ _id: crypto.randomUUID() }),
  update: () => ({ stats: { updated: 0 } }),
  set: () => ({ stats: { updated: 0 } }),
  remove: () => ({ stats: { removed: 0 } }),
}

/** An object whose members are such objects again and can be called. */
function createLink(): object {
  return new Proxy(() => undefined, {
    get(_target, name) {
      if (typeof name === 'symbol' || name === 'then') return undefined
      const answer = answers[name]
      return answer === undefined ? createLink() : () => Promise.resolve(answer())
    },
    apply: createLink,
  })
}

/** The result of `wx.cloud.database()`. */
export function createDatabase(): object {
  reportGap('wx.cloud.database')
  return createLink()
}
