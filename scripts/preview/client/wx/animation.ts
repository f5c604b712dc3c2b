/**
 * `wx.createAnimation`: collects changes, groups them into steps and exports them for the attribute
 * `animation`, which engine/animation.ts plays.
 * https://developers.weixin.qq.com/miniprogram/dev/api/ui/animation/wx.createAnimation.html
 */
import type { AnimationChange, AnimationStep } from '../engine/animation'
import { numberOption, textOption, type Options } from './call'

type Value = string | number

/** Transform functions, with the arguments of their CSS counterparts. */
const transforms = [
  'matrix',
  'matrix3d',
  'rotate',
  'rotate3d',
  'rotateX',
  'rotateY',
  'rotateZ',
  'scale',
  'scale3d',
  'scaleX',
  'scaleY',
  'scaleZ',
  'skew',
  'skewX',
  'skewY',
  'translate',
  'translate3d',
  'translateX',
  'translateY',
  'translateZ',
]

/** Style functions. */
const styles = ['opacity', 'backgroundColor', 'width', 'height', 'left', 'right', 'top', 'bottom']

/** Collects changes; a later one of the same kind replaces the earlier one, also across steps. */
class Recorder {
  private readonly changes = new Map<string, AnimationChange>()
  private steps: AnimationStep[] = []

  constructor(private readonly options: Options) {}

  add(type: string, args: Value[]): void {
    this.changes.set(type === 'style' ? `style.${String(args[0])}` : type, { type, args })
  }

  step(given: Options): void {
    const options = { ...this.options, ...given }
    const transition = {
      duration: numberOption(options, 'duration', 400),
      timingFunction: textOption(options, 'timingFunction', 'linear'),
      delay: numberOption(options, 'delay', 0),
    }
    const transformOrigin = textOption(options, 'transformOrigin', '50% 50% 0')
    const option = { transition, transformOrigin }
    this.steps.push({ animates: [...this.changes.values()], option })
  }

  take(): { actions: AnimationStep[] } {
    const actions = this.steps
    this.steps = []
    return { actions }
  }
}

type Method = (...values: never[]) => unknown

/** The result of `wx.createAnimation`; every method except `export` returns it again. */
export function createAnimation(options: Options = {}): Record<string, Method> {
  const recorder = new Recorder(options)
  const animation: Record<string, Method> = {
    export: () => recorder.take(),
    step(given: Options = {}) {
      recorder.step(given)
      return animation
    },
  }
  for (const name of transforms) {
    animation[name] = (...values: Value[]) => {
      recorder.add(name, values)
      return animation
    }
  }
  for (const name of styles) {
    animation[name] = (value: Value) => {
      recorder.add('style', [name, value])
      return animation
    }
  }
  return animation
}
