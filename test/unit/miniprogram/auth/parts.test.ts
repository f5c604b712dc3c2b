/** The part that knows nothing of logins, at the moments that only chance would bring about. */
import { createAuthError } from '../../../../miniprogram/auth/errors'
import { createScope, nothing } from '../../../../miniprogram/auth/scope'

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
