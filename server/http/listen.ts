/** Opens a server's port, with errors that say what to do, and closes it without dropping an answer. */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ConfigError } from '../config'
import { OperatorError } from '../operator-error'

/** The process must end 10 s after SIGTERM; requests in progress get this part of it. */
const DRAIN_MS = 8000
const SWEEP_EVERY_MS = 50
/** The listen backlog: a burst of clients fills Node's default of 511 immediately. The system may allow fewer. */
const CONNECTIONS_WAITING = 4096

const NO_SUCH_HOST = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EADDRNOTAVAIL', 'EINVAL'])

/** @param variable names the port. */
function listenError(error: NodeJS.ErrnoException, variable: string): Error {
  const { code = '', message } = error
  if (code === 'EADDRINUSE') {
    return new OperatorError(
      `${variable}: the port is taken (${message}). Stop what listens there, or set another.`,
    )
  }
  if (code === 'EACCES') {
    return new ConfigError([`${variable}: this user may not listen on that port`])
  }
  if (NO_SUCH_HOST.has(code)) {
    return new ConfigError([
      `${variable.replace('PORT', 'HOST')}: must be an address of this computer, such as 127.0.0.1`,
    ])
  }
  return error
}

/**
 * @param variable the environment variable of the port, for errors.
 * @returns the URL. @throws ConfigError, OperatorError
 */
export function listen(
  server: Server,
  variable: string,
  port: number,
  host: string,
): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(listenError(error, variable))
    })
    server.listen({ port, host, backlog: CONNECTIONS_WAITING }, () => {
      const { address, family, port: bound } = server.address() as AddressInfo
      resolve(`http://${family === 'IPv6' ? `[${address}]` : address}:${bound}`)
    })
  })
}

/** Closes each connection as soon as it is idle, so that keep-alive does not delay the shutdown. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const sweep = setInterval(() => {
      server.closeIdleConnections()
    }, SWEEP_EVERY_MS)
    const late = setTimeout(() => {
      server.closeAllConnections()
    }, DRAIN_MS)
    server.close(() => {
      clearInterval(sweep)
      clearTimeout(late)
      resolve()
    })
  })
}
