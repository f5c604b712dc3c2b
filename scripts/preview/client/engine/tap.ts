/**
 * WeChat's tap rule: some APIs work only while a tap is being handled. The state lasts until the
 * end of the current macrotask, so `await` keeps it and `setTimeout` loses it.
 * https://developers.weixin.qq.com/miniprogram/dev/framework/view/wxml/event.html
 */

let depth = 0

/**
 * Runs `action` in the tap state; promises that it settles inherit the state for this macrotask.
 */
export function withTap<T>(action: () => T): T {
  depth += 1
  // Posted first, so that it runs before any timer of the action.
  const channel = new MessageChannel()
  channel.port1.onmessage = () => {
    depth -= 1
    channel.port1.close()
  }
  channel.port2.postMessage(null)
  return action()
}

/** Whether a tap is being handled right now. */
export function isTapping(): boolean {
  return depth > 0
}
