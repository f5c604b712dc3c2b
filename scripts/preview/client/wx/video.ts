/**
 * `wx.createVideoContext`: looks up its `<video>` at each call, because pages create the context
 * before layout.
 * https://developers.weixin.qq.com/miniprogram/dev/api/media/video/VideoContext.html
 */
import { elementOf } from '../engine/geometry'
import { findNodeApi } from '../engine/node-api'
import type { Instance } from '../engine/selector-query'
import { reportGap } from '../reports'

/** The methods that elements/video.ts offers. */
const built = [
  'play',
  'pause',
  'stop',
  'seek',
  'playbackRate',
  'requestFullScreen',
  'exitFullScreen',
]

const unbuilt = [
  'sendDanmu',
  'showStatusBar',
  'hideStatusBar',
  'requestBackgroundPlayback',
  'exitBackgroundPlayback',
  'exitPictureInPicture',
  'startCasting',
  'switchCasting',
  'exitCasting',
  'reconnectCasting',
]

type Method = (...parameters: unknown[]) => void

/** @param within the page or component that contains the video; null while no page is open. */
export function createVideoContext(id: string, within: Instance | null): Record<string, Method> {
  const find = (): object | null => {
    const node = within?._$.getShadowRoot()?.querySelector(`#${id}`) ?? null
    const element = node === null ? null : elementOf(node)
    return element === null ? null : findNodeApi(element)
  }
  const call = (name: string) => [
    name,
    (...parameters: unknown[]) => {
      const video = find()
      const method: unknown = video === null ? undefined : Reflect.get(video, name)
      if (typeof method === 'function') Reflect.apply(method, video, parameters)
    },
  ]
  const refuse = (name: string) => [name, () => reportGap(`VideoContext.${name}`)]
  return Object.fromEntries([...built.map(call), ...unbuilt.map(refuse)]) as Record<string, Method>
}
