/**
 * `wx.cloud.database`: the preview has none. Every collection is empty, every condition can be written,
 * and that it is so is said once.
 * https://developers.weixin.qq.com/miniprogram/dev/wxcloudservice/wxcloud/reference-sdk-api/Cloud.database.html
 */
import { reportGap } from '../reports'

/** What the methods that talk to a database answer of an empty one. */
const answers: Record<string, () => object> = {
  get: () => ({ data: [] }),
  count: () => ({ total: 0 }),
  end: () => ({ list: [] }),
  add: () => ({ _id: crypto.randomUUID() }),
  update: () => ({ stats: { updated: 0 } }),
  set: () => ({ stats: { updated: 0 } }),
  remove: () => ({ stats: { removed: 0 } }),
}

/** An object whose members are again such objects, and may be called. */
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

/** The object that `wx.cloud.database()` answers. */
export function createDatabase(): object {
  reportGap('wx.cloud.database')
  return createLink()
}
