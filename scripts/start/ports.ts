/** Reads the configured ports, and checks before the start that they differ and are free. */
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { UserError } from '../lib/user-error'

const LAST_PORT = 65_535
/** Below this, many systems let only an administrator listen. */
const FIRST_OPEN_PORT = 1024

export interface WantedPort {
  /** Who needs it, for the message. */
  what: string
  /** The variable that changes it. */
  variable: string
  port: number
}

/** @returns the error code of listening on that loopback port; '' when it is free. */
export function tryPort(port: number): Promise<string> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', ({ code = 'unknown' }: NodeJS.ErrnoException) => {
      resolve(code)
    })
    server.listen(port, '127.0.0.1', () => {
      server.close(() => {
        resolve('')
      })
    })
  })
}

/** Another program may take it before it is used, which the listener then reports. */
export function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => {
        resolve(port)
      })
    })
  })
}

/** A port to propose instead: 8080 for 80, 3010 for 3000. */
export function anotherPort(port: number): number {
  if (port < FIRST_OPEN_PORT) return port + 8000
  return port + 10 <= LAST_PORT ? port + 10 : port - 10
}

/**
 * @param code of tryPort, or of a server that could not listen.
 * @param command that is to be run again.
 */
export function explainPort(code: string, wanted: WantedPort, command: string): string {
  const { what, variable, port } = wanted
  const cure = `${variable}=${anotherPort(port)} ${command}.`
  const head = `Port ${port}, wanted by the ${what},`
  if (code === 'EADDRINUSE')
    return `${head} is taken. Stop what listens there, or choose another: ${cure}`
  if (code === 'EACCES') return `${head} is closed to this user (EACCES). Choose another: ${cure}`
  return `${head} can't be used (${code}). Choose another: ${cure}`
}

/** @returns a line for each pair that is configured with the same port. */
export function findSamePorts(wanted: readonly WantedPort[]): string[] {
  const faults: string[] = []
  for (const [index, { what, variable, port }] of wanted.entries()) {
    const first = wanted.slice(0, index).find((other) => other.port === port && port !== 0)
    if (first === undefined) continue
    faults.push(
      `${first.variable} and ${variable} are both ${port}: the ${first.what} and the ${what} ` +
        `need a port each, such as ${variable}=${anotherPort(port)}.`,
    )
  }
  return faults
}

/** @throws UserError naming every port that can't be used and the variable that changes it. */
export async function assertPortsFree(wanted: readonly WantedPort[]): Promise<void> {
  const faults = findSamePorts(wanted)
  for (const one of wanted) {
    const code = one.port === 0 ? '' : await tryPort(one.port)
    if (code !== '') faults.push(explainPort(code, one, 'npm start (or put it in .env)'))
  }
  if (faults.length > 0) throw new UserError(faults.join('\n'))
}

/** @throws UserError naming the variable when its value is not a port. */
export function portFrom(env: NodeJS.ProcessEnv, variable: string, byDefault: number): number {
  const text = env[variable]
  if (text === undefined) return byDefault
  const port = /^\d{1,5}$/.test(text) ? Number(text) : -1
  if (port >= 0 && port <= LAST_PORT) return port
  throw new UserError(`${variable} must be a port from 0 to ${LAST_PORT}.`)
}
