/**
 * `<canvas>`: `type="2d"` provides a canvas node (`SelectorQuery.node`), any other type is drawn by
 * `wx.createCanvasContext`.
 * https://developers.weixin.qq.com/miniprogram/dev/component/canvas.html
 */
import { offerNodeApi } from '../engine/node-api'
import { resolvePicture } from '../pictures'
import { WxElement } from './wx-element'

/** An image of a canvas; its `src` may be a file of the mini-program. */
function createImage(): HTMLImageElement {
  const image = new Image()
  Object.defineProperty(image, 'src', {
    get: () => image.getAttribute('src') ?? '',
    set: (source: string) => image.setAttribute('src', resolvePicture(source)),
  })
  return image
}

/** Adds the members that WeChat's canvas node has and a browser's lacks. */
export function equipCanvas(canvas: HTMLCanvasElement): HTMLCanvasElement {
  return Object.assign(canvas, {
    createImage,
    createPath2D: (path?: Path2D) => new Path2D(path),
    createImageData: (width: number, height: number) => new ImageData(width, height),
    requestAnimationFrame: (callback: FrameRequestCallback) => requestAnimationFrame(callback),
    cancelAnimationFrame: (id: number) => cancelAnimationFrame(id),
  })
}

export class WxCanvas extends WxElement {
  readonly canvas = equipCanvas(document.createElement('canvas'))

  protected build(): void {
    this.append(this.canvas)
    offerNodeApi(this, this.canvas)
    // A canvas of the old kind is as large as its element; the 2d kind sets its own size.
    if (this.text('type') === '2d' || this.text('type') === 'webgl') return
    const fit = (): void => {
      if (this.clientWidth === 0 || this.canvas.width === this.clientWidth) return
      this.canvas.width = this.clientWidth
      this.canvas.height = this.clientHeight
    }
    fit()
    new ResizeObserver(fit).observe(this)
  }
}

/** The canvas with this `canvas-id`, inside `within` or else anywhere, newest page first. */
export function findCanvas(id: string, within: Element | null): HTMLCanvasElement | null {
  const selector = `wx-canvas[canvas-id="${CSS.escape(id)}"], wx-canvas[id="${CSS.escape(id)}"]`
  const found =
    within?.querySelector(selector) ?? [...document.querySelectorAll(selector)].at(-1) ?? null
  return found instanceof WxCanvas ? found.canvas : null
}
