/**
 * The attribute `animation`: plays the export of `wx.createAnimation` step by step. The end state
 * of each step stays, whatever the WXML's own `style` says.
 * https://developers.weixin.qq.com/miniprogram/dev/api/ui/animation/Animation.html
 */
import { convertLengths } from '../../build/lengths'

/**
 * One change of a step: a transform function with its arguments, or `style` with name and value.
 */
export interface AnimationChange {
  type: string
  args: (string | number)[]
}

/** A step closed by `step()`: changes that happen together. */
export interface AnimationStep {
  animates: AnimationChange[]
  option: {
    transformOrigin: string
    /** In milliseconds. */
    transition: { duration: number; timingFunction: string; delay: number }
  }
}

const withUnit = (value: string | number, unit: string): string =>
  typeof value === 'number' ? `${value}${unit}` : convertLengths(value)

const lengths = /^(width|height|left|right|top|bottom)$/

/** A style value in CSS syntax; plain numbers of lengths are px. */
export function formatStyle(name: string, value: string | number): string {
  return lengths.test(name) ? withUnit(value, 'px') : convertLengths(String(value))
}

/** Whether a property of an animation is a transform function. */
export function isTransform(name: string): boolean {
  return /^(matrix|rotate|scale|skew|translate)/.test(name)
}

/** The unit of a transform function's plain numbers; in rotate3d only the last one has a unit. */
function formatArguments({ type, args }: AnimationChange): string {
  if (type.startsWith('translate')) return args.map((one) => withUnit(one, 'px')).join(', ')
  if (type === 'rotate3d') {
    return args.map((one, index) => (index === 3 ? withUnit(one, 'deg') : String(one))).join(', ')
  }
  const isAngle = type.startsWith('rotate') || type.startsWith('skew')
  return args.map((one) => (isAngle ? withUnit(one, 'deg') : String(one))).join(', ')
}

/** A transform function in CSS syntax. */
export function formatTransform(change: AnimationChange): string {
  return `${change.type}(${formatArguments(change)})`
}

function toKeyframe({ animates, option }: AnimationStep): Keyframe {
  const frame: Keyframe = { transformOrigin: option.transformOrigin }
  const transforms: string[] = []
  for (const change of animates) {
    const [name = '', value = ''] = change.args
    if (change.type === 'style') frame[name] = formatStyle(String(name), value)
    else transforms.push(formatTransform(change))
  }
  if (transforms.length > 0) frame['transform'] = transforms.join(' ')
  return frame
}

const timings =
  /^(linear|ease|ease-in|ease-out|ease-in-out|step-start|step-end|cubic-bezier\(.*\))$/

/** Plays the steps of an export on an element; ignores anything else. */
export async function playAnimation(element: Element, exported: unknown): Promise<void> {
  const { actions = [] } = (exported ?? {}) as { actions?: AnimationStep[] }
  for (const step of actions) {
    const { duration, timingFunction, delay } = step.option.transition
    const easing = timings.test(timingFunction) ? timingFunction : 'linear'
    const played = element.animate([toKeyframe(step)], {
      duration,
      delay,
      easing,
      fill: 'forwards',
    })
    // Stops early when the element is removed.
    const isOver = await played.finished.then(
      () => true,
      () => false,
    )
    if (!isOver) return
  }
}
