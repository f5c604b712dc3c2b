/** Parts without login logic, in timing cases that otherwise occur only by chance. */
import { createAuthError } from '../../../../miniprogram/auth/errors'
import { createCancellation } from '../../../../miniprogram/auth/waits'
import { noop } from '../../../../miniprogram/auth/wx'

describe('a cancellation', () => {
  const first = createAuthError('aborted', 'first')

  it('happens once, for its first reason', async () => {
    const cancellation = createCancellation()
    const undo = jest.fn()
    const waiting = cancellation.wait(() => undo)
    cancellation.cancel(first)
    cancellation.cancel(createAuthError('timeout', 'second'))
    await expect(waiting).rejects.toBe(first)
    await expect(cancellation.wait(() => noop)).rejects.toBe(first)
    expect([cancellation.reason, undo.mock.calls.length]).toEqual([first, 1])
  })

  it('does not affect settled promises', async () => {
    const cancellation = createCancellation()
    const undo = jest.fn()
    await cancellation.wait<string>((resolve) => {
      resolve('done')
      return undo
    })
    cancellation.cancel(first)
    expect(undo).not.toHaveBeenCalled()
  })
})
