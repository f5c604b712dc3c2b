/**
 * Canvases: the old drawing context, offscreen canvases, and reading from a canvas.
 * https://developers.weixin.qq.com/miniprogram/dev/api/canvas/wx.createCanvasContext.html
 */
import { elementOf } from '../engine/geometry'
import type { Instance } from '../engine/selector-query'
import { equipCanvas, findCanvas } from '../elements/canvas'
import { addTemporaryFile } from '../pictures'
import { ApiFailure, createApi, numberOption, textOption, type Options } from './call'
import { createCanvasContext } from './canvas-context'
import type { ApiGroup } from './context'

const findWithin = (component: unknown): Element | null =>
  component === undefined || component === null ? null : elementOf((component as Instance)._$)

function canvasOf(options: Options, component: unknown): HTMLCanvasElement {
  const { canvas } = options
  if (canvas instanceof HTMLCanvasElement) return canvas
  const found = findCanvas(textOption(options, 'canvasId'), findWithin(component))
  if (found === null) throw new ApiFailure('canvas is empty')
  return found
}

/** A part of the canvas, in canvas pixels, scaled to the requested size. */
function crop(canvas: HTMLCanvasElement, options: Options): HTMLCanvasElement {
  const [x, y] = [numberOption(options, 'x', 0), numberOption(options, 'y', 0)]
  const width = numberOption(options, 'width', canvas.width - x)
  const height = numberOption(options, 'height', canvas.height - y)
  const picture = document.createElement('canvas')
  picture.width = Math.max(1, numberOption(options, 'destWidth', width))
  picture.height = Math.max(1, numberOption(options, 'destHeight', height))
  const context = picture.getContext('2d')
  context?.drawImage(canvas, x, y, width, height, 0, 0, picture.width, picture.height)
  return picture
}

async function saveCanvas(options: Options, component: unknown): Promise<object> {
  const isJpeg = textOption(options, 'fileType') === 'jpg'
  const picture = crop(canvasOf(options, component), options)
  const quality = numberOption(options, 'quality', 1)
  const content = await new Promise<Blob | null>((done) => {
    picture.toBlob(done, isJpeg ? 'image/jpeg' : 'image/png', quality)
  })
  if (content === null) throw new ApiFailure('canvas is empty')
  return { tempFilePath: addTemporaryFile(content, isJpeg ? 'jpg' : 'png') }
}

function readPixels(options: Options, component: unknown): object {
  const canvas = canvasOf(options, component)
  const [x, y] = [numberOption(options, 'x', 0), numberOption(options, 'y', 0)]
  const width = numberOption(options, 'width', 1)
  const height = numberOption(options, 'height', 1)
  const pixels = canvas.getContext('2d')?.getImageData(x, y, width, height)
  return { width, height, data: pixels?.data ?? new Uint8ClampedArray() }
}

function writePixels(options: Options, component: unknown): undefined {
  const width = numberOption(options, 'width', 1)
  const data = new Uint8ClampedArray(options['data'] as Uint8ClampedArray<ArrayBuffer>)
  const context = canvasOf(options, component).getContext('2d')
  const [x, y] = [numberOption(options, 'x', 0), numberOption(options, 'y', 0)]
  context?.putImageData(new ImageData(data, width), x, y)
  return undefined
}

/** An asynchronous API that takes the component of the canvas as a second parameter. */
function withComponent(
  name: string,
  work: (options: Options, component: unknown) => object | undefined | Promise<object>,
) {
  return (options?: Options, component?: unknown) =>
    createApi(name, (given) => work(given, component))(options)
}

function createOffscreenCanvas(first?: unknown, height?: number): HTMLCanvasElement {
  const size =
    typeof first === 'object' && first !== null ? (first as Options) : { width: first, height }
  const canvas = document.createElement('canvas')
  canvas.width = numberOption(size, 'width', 300)
  canvas.height = numberOption(size, 'height', 150)
  return equipCanvas(canvas)
}

/** The canvas APIs. */
export function createCanvasApis(): ApiGroup {
  return {
    createCanvasContext: (id: string, component?: unknown) =>
      createCanvasContext(() => findCanvas(id, findWithin(component))),
    createOffscreenCanvas,
    canvasToTempFilePath: withComponent('canvasToTempFilePath', saveCanvas),
    canvasGetImageData: withComponent('canvasGetImageData', readPixels),
    canvasPutImageData: withComponent('canvasPutImageData', writePixels),
  }
}
