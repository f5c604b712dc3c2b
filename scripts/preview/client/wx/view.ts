/**
 * APIs that query the page: selector queries, intersection observers, animations, video contexts.
 * https://developers.weixin.qq.com/miniprogram/dev/api/wxml/wx.createSelectorQuery.html
 */
import { PageIntersectionObserver } from '../engine/intersection'
import { SelectorQuery, type Instance } from '../engine/selector-query'
import { createAnimation } from './animation'
import type { ApiGroup, WxContext } from './context'
import { createVideoContext } from './video'

/** The top page; null while none is open. */
function findTop({ stack }: WxContext): Instance | null {
  const top = stack.instances().at(-1)
  return top === undefined ? null : (top as unknown as Instance)
}

export function createViewApis(context: WxContext): ApiGroup {
  return {
    createAnimation,
    createSelectorQuery: () => new SelectorQuery(findTop(context)),
    createVideoContext: (id: string, component?: Instance) =>
      createVideoContext(id, component ?? findTop(context)),
    createIntersectionObserver: (component?: Instance, options?: object) =>
      new PageIntersectionObserver(component ?? findTop(context), options),
  }
}
