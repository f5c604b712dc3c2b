/**
 * The context of `wx.createCanvasContext`: records drawing commands until `draw()`, which also
 * loads the pictures.
 * https://developers.weixin.qq.com/miniprogram/dev/api/canvas/CanvasContext.html
 */
import { resolvePicture } from '../pictures'
import { reportGap } from '../reports'

type Draw = (context: CanvasRenderingContext2D) => void | Promise<void>
type Values = unknown[]

/** Setter methods for what browsers have as properties. */
const setters: Record<string, string> = {
  setFillStyle: 'fillStyle',
  setStrokeStyle: 'strokeStyle',
  setGlobalAlpha: 'globalAlpha',
  setLineWidth: 'lineWidth',
  setLineCap: 'lineCap',
  setLineJoin: 'lineJoin',
  setMiterLimit: 'miterLimit',
  setLineDashOffset: 'lineDashOffset',
  setTextAlign: 'textAlign',
}

const properties = new Set([
  ...Object.values(setters),
  'font',
  'textBaseline',
  'shadowColor',
  'shadowBlur',
  'shadowOffsetX',
  'shadowOffsetY',
  'globalCompositeOperation',
  'filter',
])

/** Methods that return a value, computed on the current canvas. */
const questions = new Set(['measureText', 'createLinearGradient', 'createPattern'])

/** Methods that differ from a browser's. */
const own: Record<string, (values: Values) => Draw> = {
  setFontSize: ([size]) => {
    const px = `${Number(size)}px`
    return (context) => {
      context.font = context.font.replace(/[\d.]+px/, px)
    }
  },
  setTextBaseline: ([value]) => {
    return (context) => {
      context.textBaseline = (value === 'normal' ? 'alphabetic' : value) as CanvasTextBaseline
    }
  },
  setLineDash: ([pattern, offset]) => {
    return (context) => {
      context.setLineDash(pattern as number[])
      context.lineDashOffset = Number(offset ?? 0)
    }
  },
  setShadow: ([x, y, blur, color]) => {
    return (context) => {
      const shadow = { shadowOffsetX: x, shadowOffsetY: y, shadowBlur: blur, shadowColor: color }
      Object.assign(context, shadow)
    }
  },
  drawImage: ([source, ...place]) => {
    return async (context) => {
      const image = new Image()
      image.src = resolvePicture(String(source))
      // A picture that can't be loaded is skipped, as in WeChat.
      const isLoaded = await image.decode().then(
        () => true,
        () => false,
      )
      if (isLoaded) await call('drawImage', [image, ...place])(context)
    }
  },
}

function call(name: string, values: Values): Draw {
  return (context) => {
    const method: unknown = Reflect.get(context, name)
    if (typeof method === 'function') Reflect.apply(method, context, values)
    else reportGap(`CanvasContext.${name}`)
  }
}

const assign =
  (name: string, value: unknown): Draw =>
  (context) => {
    Reflect.set(context, name, value)
  }

function record(name: string, values: Values): Draw {
  const setter = setters[name]
  if (setter !== undefined) return assign(setter, values[0])
  return own[name]?.(values) ?? call(name, values)
}

async function play(canvas: HTMLCanvasElement, draws: Draw[], keeps: boolean): Promise<void> {
  const context = canvas.getContext('2d')
  if (context === null) return
  if (!keeps) {
    context.reset()
    context.font = '10px sans-serif'
  }
  for (const draw of draws) await draw(context)
}

function createCircularGradient(canvas: HTMLCanvasElement, [x, y, radius]: Values) {
  const [atX, atY] = [Number(x), Number(y)]
  return canvas.getContext('2d')?.createRadialGradient(atX, atY, 0, atX, atY, Number(radius))
}

/** Creates the context; `find` returns its canvas, null while there is none. */
export function createCanvasContext(find: () => HTMLCanvasElement | null): object {
  let draws: Draw[] = []
  let last: Promise<void> = Promise.resolve()
  const spare = document.createElement('canvas')
  const draw = (keeps: unknown, callback: unknown): void => {
    const planned = draws
    draws = []
    last = last.then(async () => {
      const canvas = find()
      if (canvas !== null) await play(canvas, planned, keeps === true)
      const hear = typeof keeps === 'function' ? keeps : callback
      if (typeof hear === 'function') setTimeout(() => void Reflect.apply(hear, undefined, []))
    })
  }
  const ask = (name: string, values: Values): unknown => {
    const context = (find() ?? spare).getContext('2d')
    if (context === null) return undefined
    return Reflect.apply(Reflect.get(context, name) as () => unknown, context, values) as unknown
  }
  return new Proxy<Record<string, unknown>>(
    {},
    {
      get(target, name) {
        if (typeof name === 'symbol' || name === 'then') return undefined
        if (name === 'draw') return draw
        if (properties.has(name)) return target[name]
        if (name === 'createCircularGradient') {
          return (...values: Values) => createCircularGradient(find() ?? spare, values)
        }
        if (questions.has(name)) return (...values: Values) => ask(name, values)
        return (...values: Values) => void draws.push(record(name, values))
      },
      set(target, name, value) {
        target[String(name)] = value
        draws.push(assign(String(name), value))
        return true
      },
    },
  )
}
