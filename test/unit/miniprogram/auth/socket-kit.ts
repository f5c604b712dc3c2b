/** Opens sockets and records their events. */
import type { ConnectOptions, Socket } from '../../../../miniprogram/auth/socket'
import { connect } from '../../../../miniprogram/auth/socket'
import type { Launch } from './kit'
import { pass } from './kit'

const opened: Socket[] = []

/** Closes sockets and timers that a test left open. */
export async function closeAll(): Promise<void> {
  jest.useFakeTimers()
  opened.splice(0).forEach((socket) => socket.close())
  await pass(20_000)
  jest.useRealTimers()
}

export function open(launched: Launch, options: Partial<ConnectOptions> = {}) {
  const messages: unknown[] = []
  const states: string[] = []
  const socket = connect(launched.auth, {
    path: '/v1/live',
    onMessage: (data) => void messages.push(data),
    onState: (state, error) =>
      void states.push(error ? `${state} ${error.kind} ${error.status ?? ''}`.trim() : state),
    ...options,
  })
  opened.push(socket)
  return { socket, messages, states }
}
