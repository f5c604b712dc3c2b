/**
 * The calling convention of every asynchronous wx API: success, fail and complete callbacks, each
 * called once and never synchronously; a promise when no callback is given and the API supports it.
 * https://developers.weixin.qq.com/miniprogram/dev/framework/app-service/api.html
 */
import { isTapping, withTap } from '../engine/tap'
import { reportError } from '../reports'

export type Options = Record<string, unknown>
type Callback = (result: object) => void

/** A failure: `message` is the end of errMsg, `errno` WeChat's number if it has one. */
export class ApiFailure extends Error {
  constructor(
    message: string,
    readonly errno?: number,
    readonly extra: object = {},
  ) {
    super(message)
  }
}

export interface Manner {
  /** False for the APIs whose promise form the platform does not support. Default true. */
  hasPromise?: boolean
  /** Whether callbacks inherit the tap state of the call. Default false. */
  inheritsTap?: boolean
  /** Whether callbacks themselves count as a tap (modals). Default false. */
  isTap?: boolean
  /** Callbacks run synchronously: a historical quirk of getSystemInfo. Default false. */
  isSync?: boolean
}

const findCallback = (options: Options, name: string): Callback | null =>
  typeof options[name] === 'function' ? (options[name] as Callback) : null

function callBack(api: string, callback: Callback | null, result: object): void {
  try {
    callback?.(result)
  } catch (error) {
    reportError(`callback of wx.${api}`, error)
  }
}

function failureOf(api: string, error: unknown): object {
  if (error instanceof ApiFailure) {
    const errno = error.errno === undefined ? {} : { errno: error.errno }
    return { errMsg: `${api}:fail ${error.message}`.trim(), ...errno, ...error.extra }
  }
  const reason = error instanceof Error ? error.message : String(error)
  return { errMsg: `${api}:fail ${reason}` }
}

/** Callbacks run in a later macrotask, so that the tap state ends unless the API passes it on. */
const nextTask = (): Promise<void> => new Promise((done) => setTimeout(done))

/** The implementation of an API; the resolved fields go to success, an ApiFailure goes to fail. */
export type Work = (options: Options) => object | undefined | Promise<object | undefined>

interface Outcome {
  answer: object
  isFailure: boolean
}

const succeed = (api: string, result: object | undefined): Outcome => ({
  answer: { errMsg: `${api}:ok`, ...result },
  isFailure: false,
})

const fail = (api: string, error: unknown): Outcome => ({
  answer: failureOf(api, error),
  isFailure: true,
})

/** Runs the work synchronously, because some APIs check the current tap. */
function runSync(api: string, work: Work, options: Options): Outcome {
  try {
    return succeed(api, work(options))
  } catch (error) {
    return fail(api, error)
  }
}

async function runAsync(api: string, work: Work, options: Options): Promise<Outcome> {
  // Don't use a promise's `finally`: mini-programs replace it with one that loses the result.
  try {
    const result = await work(options)
    await nextTask()
    return succeed(api, result)
  } catch (error) {
    await nextTask()
    return fail(api, error)
  }
}

/** Creates an asynchronous API from its implementation. */
export function createApi(api: string, work: Work, manner: Manner = {}) {
  return (given?: Options): Promise<object> | undefined => {
    const options = given ?? {}
    const inTap = manner.isTap === true || (manner.inheritsTap === true && isTapping())
    const settle = (outcome: Outcome): Outcome => {
      const deliver = (): void => {
        const name = outcome.isFailure ? 'fail' : 'success'
        callBack(api, findCallback(options, name), outcome.answer)
        callBack(api, findCallback(options, 'complete'), outcome.answer)
      }
      if (inTap) withTap(deliver)
      else deliver()
      return outcome
    }
    const settled =
      manner.isSync === true
        ? Promise.resolve(settle(runSync(api, work, options)))
        : runAsync(api, work, options).then(settle)
    const hasCallback = ['success', 'fail', 'complete'].some((name) => findCallback(options, name))
    if (hasCallback || manner.hasPromise === false) return undefined
    return settled.then(({ answer, isFailure }) => {
      if (!isFailure) return answer
      throw Object.assign(new Error((answer as { errMsg: string }).errMsg), answer)
    })
  }
}

/** A text option, or the default. */
export function textOption(options: Options, name: string, fallback = ''): string {
  const value = options[name]
  return typeof value === 'string' ? value : fallback
}

/** A number option, or the default. */
export function numberOption(options: Options, name: string, fallback: number): number {
  const value = Number(options[name])
  return options[name] !== undefined && Number.isFinite(value) ? value : fallback
}
