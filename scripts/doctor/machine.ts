/** Node.js and the ports of `npm start`. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isTaken, portFrom } from '../start/ports'
import { DEFAULT_PORTS } from '../start/stack'
import type { DoctorContext } from './context'
import { fail, ok } from './finding'
import type { Finding } from './finding'
import { compareVersions } from './versions'

const HEALTH_WITHIN_MS = 1000

function minimumNode(root: string): string {
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    engines: { node: string }
  }
  return engines.node.replace(/^>=/, '')
}

export function checkNode({ root, nodeVersion }: DoctorContext): Finding {
  const minimum = minimumNode(root)
  if (compareVersions(nodeVersion, minimum) >= 0) return ok('Node.js', nodeVersion)
  return fail(
    'Node.js',
    `${nodeVersion}, and ${minimum} or newer is needed`,
    'Install a current LTS release from https://nodejs.org and run npm start again.',
  )
}

/** Another run of this very project may hold the port; that is no fault. */
async function isOurs(port: number, path: string): Promise<boolean> {
  const signal = AbortSignal.timeout(HEALTH_WITHIN_MS)
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { signal }).catch(() => null)
  await answer?.body?.cancel()
  return answer?.ok ?? false
}

async function checkPort(
  { env }: DoctorContext,
  what: string,
  name: string,
  byDefault: number,
  path: string,
): Promise<Finding> {
  const subject = `port, ${what}`
  try {
    const port = portFrom(env, name, byDefault)
    if (port === 0 || !(await isTaken(port))) return ok(subject, `${port} is free`)
    if (await isOurs(port, path)) return ok(subject, `${port}: it runs there already`)
    return fail(
      subject,
      `${port} is taken by another program`,
      `Stop what listens there, or put ${name}=${port + 10} into .env.`,
    )
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return fail(subject, reason, `Correct ${name} in .env.`)
  }
}

/** The ports that `npm start` needs. */
export async function checkPorts(context: DoctorContext): Promise<Finding[]> {
  return Promise.all([
    checkPort(context, 'BFF', 'PORT', DEFAULT_PORTS.bff, '/healthz'),
    checkPort(context, 'preview', 'PREVIEW_PORT', DEFAULT_PORTS.preview, '/__preview/app.json'),
    checkPort(context, 'sandbox', 'SANDBOX_PORT', DEFAULT_PORTS.sandbox, '/__sandbox/calls'),
  ])
}
