/** Finds out that a port is taken before anything starts, and says how to choose another. */
import { createServer } from 'node:net'

export interface WantedPort {
  /** What wants it, for the message. */
  what: string
  /** The variable that changes it. */
  variable: string
  port: number
}

/** Whether something on loopback listens there. */
export function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => {
      resolve(true)
    })
    server.listen(port, '127.0.0.1', () => {
      server.close(() => {
        resolve(false)
      })
    })
  })
}

/** @throws Error naming every taken port and the variable that changes it. */
export async function assertPortsFree(wanted: readonly WantedPort[]): Promise<void> {
  const faults: string[] = []
  for (const { what, variable, port } of wanted) {
    if (port === 0 || !(await isTaken(port))) continue
    faults.push(
      `Port ${port}, wanted by the ${what}, is taken. ` +
        `Stop what listens there, or choose another: ${variable}=${port + 10} npm start (or put it in .env).`,
    )
  }
  if (faults.length > 0) throw new Error(faults.join('\n'))
}

/** @throws Error naming the variable when it holds no port. */
export function portFrom(env: NodeJS.ProcessEnv, variable: string, byDefault: number): number {
  const text = env[variable]
  if (text === undefined) return byDefault
  const port = /^\d{1,5}$/.test(text) ? Number(text) : -1
  if (port >= 0 && port <= 65_535) return port
  throw new Error(`${variable} must be a port from 0 to 65535.`)
}
