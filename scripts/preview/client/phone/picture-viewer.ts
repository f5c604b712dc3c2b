/**
 * `wx.previewImage`: pictures on black, one at a time; a click outside of the arrows closes it.
 * Test ids: picture-viewer, picture-next, picture-previous.
 */
import { h } from '../markup'
import { resolvePicture } from '../pictures'
import { openDialog } from './dialog'
import { button } from './overlays'

/** Shows pictures, starting with `first`, until the viewer is closed. */
export async function showPictures(
  layer: HTMLElement,
  sources: readonly string[],
  first: number,
): Promise<void> {
  const options = { kind: 'modal', label: '预览图片', testid: 'picture-viewer' } as const
  await openDialog(layer, options, (close) => {
    let index = Math.max(first, 0)
    const picture = h('img', { class: 'pv-viewer-picture', alt: '' })
    const counter = h('p', { class: 'pv-viewer-count' })
    const show = (step: number): void => {
      index = (index + step + sources.length) % sources.length
      picture.src = resolvePicture(sources[index] ?? '')
      counter.textContent = `${index + 1} / ${sources.length}`
    }
    const turn = (text: string, testid: string, step: number): HTMLElement | null => {
      if (sources.length < 2) return null
      return button(text, testid, 'pv-viewer-turn', () => show(step))
    }
    picture.addEventListener('click', () => close(null))
    show(0)
    return [
      counter,
      picture,
      turn('上一张', 'picture-previous', -1),
      turn('下一张', 'picture-next', 1),
    ]
  })
}
