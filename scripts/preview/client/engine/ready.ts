/**
 * The lifetime `ready` of components: in the next task after `attached`, once the page has been laid
 * out. glass-easel leaves it to its host.
 * https://developers.weixin.qq.com/miniprogram/dev/framework/custom-component/lifetimes.html
 */
import type { glassEasel, CodeSpace } from 'glass-easel-miniprogram-adapter'

interface Instance {
  _$: glassEasel.GeneralComponent
}

/** Gives every component of the space its `ready`; to be called before any is registered. */
export function callReadyAfterAttach(space: CodeSpace): void {
  const behavior = space.getComponentSpace().defineBehavior({
    lifetimes: {
      attached() {
        const { _$: component } = this as unknown as Instance
        setTimeout(() => component.triggerLifetime('ready', []))
      },
    },
  })
  space.setOverallBehavior(behavior)
}
