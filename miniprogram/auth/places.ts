/** The ten requests that WeChat lets run at once; whoever comes later waits in order. */
import type { Start } from './scope'
import { nothing } from './scope'

export interface Places {
  enter: Start<void>
  leave: () => void
}

export function createPlaces(): Places {
  const waiting: (() => void)[] = []
  // https://developers.weixin.qq.com/miniprogram/dev/framework/ability/network.html
  let free = 10
  return {
    enter(resolve) {
      if (free > 0) {
        free -= 1
        resolve()
        return nothing
      }
      waiting.push(resolve)
      return () => void waiting.splice(waiting.indexOf(resolve), 1)
    },
    leave() {
      const next = waiting.shift()
      if (next) next()
      else free += 1
    },
  }
}
