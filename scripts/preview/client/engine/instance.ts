/**
 * Members that every page and component has in addition: the lifetime `ready`, which glass-easel
 * leaves to its host (one task after `attached`, once the page is laid out), and the methods that
 * query the page.
 * https://developers.weixin.qq.com/miniprogram/dev/reference/api/Component.html
 */
import type { glassEasel, CodeSpace } from 'glass-easel-miniprogram-adapter'
import { elementOf, findPageBody, findRoot } from './geometry'
import { PageIntersectionObserver } from './intersection'
import { acceptInstances } from './instance-data'
import { animate, clearAnimation } from './keyframe-animation'
import { SelectorQuery, type Instance } from './selector-query'

interface Caller {
  _$: glassEasel.GeneralComponent
}

const tabBars = new WeakMap<Element, object>()

/** Sets a page's custom tab bar, for `getTabBar`. */
export function setTabBarInstance(body: Element, instance: object): void {
  tabBars.set(body, instance)
}

function getTabBar(this: unknown): object | null {
  const page = elementOf(findRoot((this as Instance)._$))
  const body = page === null ? null : findPageBody(page)
  return body === null ? null : (tabBars.get(body) ?? null)
}

let lastPageId = 0
const pageIds = new WeakMap<object, string>()

function getPageId(this: unknown): string {
  const root = findRoot((this as Instance)._$)
  const known = pageIds.get(root)
  if (known !== undefined) return known
  lastPageId += 1
  const id = `pageId:${lastPageId}`
  pageIds.set(root, id)
  return id
}

const methods = {
  animate,
  clearAnimation,
  getTabBar,
  getPageId,
  createSelectorQuery(this: unknown) {
    return new SelectorQuery(this as Instance)
  },
  createIntersectionObserver(this: unknown, options?: object) {
    return new PageIntersectionObserver(this as Instance, options)
  },
}

/** Prepares the components of the space; call it before any is registered. */
export function prepareInstances(space: CodeSpace): void {
  acceptInstances()
  const behavior = space.getComponentSpace().defineBehavior({
    methods,
    lifetimes: {
      attached() {
        const { _$: component } = this as unknown as Caller
        setTimeout(() => component.triggerLifetime('ready', []))
      },
    },
  })
  space.setOverallBehavior(behavior)
}
