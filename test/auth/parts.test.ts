/** The two parts that know nothing of logins, at the moments that only chance would bring about. */
import { createAuthError } from '../../miniprogram/auth/errors'
import { createScope, nothing } from '../../miniprogram/auth/scope'
import { createSingleFlight } from '../../miniprogram/auth/single-flight'

describe('a single flight', () => {
  function hold() {
    let land: (failure?: Error) => void = nothing
    const task = () =>
      new Promise<void>((resolve, reject) => {
        land = (failure) => (failure ? reject(failure) : resolve())
      })
    return { task, land: (failure?: Error) => land(failure) }
  }

  it.each([undefined, new Error('no network')])('keeps no outcome: %s', async (failure) => {
    const flight = createSingleFlight()
    const { task, land } = hold()
    const first = flight.run(task)
    expect(flight.run(task)).toBe(first)
    await Promise.resolve()
    land(failure)
    await first.catch(nothing)
    await Promise.resolve()
    expect(flight.current).toBeNull()
  })

  it('that was forgotten leaves the newer one alone', async () => {
    const flight = createSingleFlight()
    const [old, young] = [hold(), hold()]
    const first = flight.run(old.task)
    flight.current = null
    const second = flight.run(young.task)
    await Promise.resolve()
    old.land()
    await first
    await Promise.resolve()
    expect(flight.current).toBe(second)
    young.land()
    await second
  })
})

describe('a scope', () => {
  const first = createAuthError('aborted', 'first')

  it('ends once, for its first reason', async () => {
    const scope = createScope()
    const undo = jest.fn()
    const waiting = scope.wait(() => undo)
    scope.end(first)
    scope.end(createAuthError('timeout', 'second'))
    await expect(waiting).rejects.toBe(first)
    await expect(scope.wait(() => nothing)).rejects.toBe(first)
    expect([scope.ended, undo.mock.calls.length]).toEqual([first, 1])
  })

  it('stops nothing that has settled', async () => {
    const scope = createScope()
    const undo = jest.fn()
    await scope.wait<string>((resolve) => {
      resolve('done')
      return undo
    })
    scope.end(first)
    expect(undo).not.toHaveBeenCalled()
  })
})
