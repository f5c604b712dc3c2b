/** An error that the operator can correct; the message says how, and no stack is shown. */
export class MoveError extends Error {
  override readonly name = 'MoveError'
}
