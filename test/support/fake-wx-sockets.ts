/**
 * The fake's wx.connectSocket: five at once; the test opens and closes them, acting as the server.
 */
import type { Deliver } from './fake-wx-network'

export interface FakeSocket {
  url: string
  header: Record<string, string>
  protocols: string[]
  isOpen: boolean
  /** Messages from the client. */
  sent: unknown[]
  /** Actions of the server. */
  accept(): void
  say(data: string): void
  close(code: number, reason?: string): void
  /** The handshake fails. */
  refuse(errMsg: string): void
  /** An error that is reported, after which nothing is closed. */
  report(failure?: object): void
}

interface Options {
  url: string
  header?: Record<string, string>
  protocols?: string[]
  fail?(failure: object): void
}

type Listener = (event: never) => void

const MAX_SOCKETS = 5

export function createSockets(fake: { sockets: FakeSocket[] }, deliver: Deliver): object {
  let open = 0
  return {
    connectSocket({ url, header = {}, protocols = [], fail }: Options) {
      const listeners: Record<string, Listener[]> = { open: [], message: [], close: [], error: [] }
      const emit = (name: string, event: unknown): void =>
        deliver(`socket ${name}`, () =>
          listeners[name]?.forEach((listen) => listen(event as never)),
        )
      let isOver = false
      const end = (name: string, event: object): void => {
        if (isOver) return
        isOver = true
        socket.isOpen = false
        open -= 1
        emit(name, event)
      }
      const socket: FakeSocket = {
        url,
        header,
        protocols,
        isOpen: false,
        sent: [],
        accept() {
          socket.isOpen = true
          emit('open', {})
        },
        say: (data) => emit('message', { data }),
        close: (code, reason = '') => end('close', { code, reason }),
        refuse: (errMsg) => end('error', { errMsg }),
        report: (failure) => emit('error', failure),
      }
      open += 1
      fake.sockets.push(socket)
      const isTooMany = open > MAX_SOCKETS
      if (isTooMany) {
        open -= 1
        isOver = true
        deliver('socket', () => fail?.({ errMsg: 'connectSocket:fail exceed max task count' }))
      }
      return {
        onOpen: (listen: Listener) => void listeners['open']?.push(listen),
        onMessage: (listen: Listener) => void listeners['message']?.push(listen),
        onClose: (listen: Listener) => void listeners['close']?.push(listen),
        onError: (listen: Listener) => void listeners['error']?.push(listen),
        send: ({ data }: { data: unknown }) => void socket.sent.push(data),
        close: ({ code = 1000 }: { code?: number }) => end('close', { code, reason: '' }),
      }
    },
  }
}
