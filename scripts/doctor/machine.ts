/** Node.js and the ports of `npm start`. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DEFAULT_PORTS } from '../lib/defaults'
import { anotherPort, findSamePorts, portFrom, tryPort } from '../start/ports'
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

/** A port that another run of this project uses is no fault. */
async function isOurs(port: number, path: string): Promise<boolean> {
  const signal = AbortSignal.timeout(HEALTH_WITHIN_MS)
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { signal }).catch(() => null)
  await answer?.body?.cancel()
  return answer?.ok ?? false
}

interface OwnPort {
  what: string
  variable: string
  byDefault: number
  /** A path that only this project answers. */
  path: string
}

const OWN_PORTS: readonly OwnPort[] = [
  { what: 'BFF', variable: 'PORT', byDefault: DEFAULT_PORTS.bff, path: '/healthz' },
  {
    what: 'preview',
    variable: 'PREVIEW_PORT',
    byDefault: DEFAULT_PORTS.preview,
    path: '/__preview/app.json',
  },
  {
    what: 'sandbox',
    variable: 'SANDBOX_PORT',
    byDefault: DEFAULT_PORTS.sandbox,
    path: '/__sandbox/calls',
  },
]

async function checkPort({ env }: DoctorContext, own: OwnPort): Promise<Finding> {
  const { what, variable, byDefault, path } = own
  const subject = `port, ${what}`
  try {
    const port = portFrom(env, variable, byDefault)
    const code = port === 0 ? '' : await tryPort(port)
    if (code === '') return ok(subject, `${port} is free`)
    const another = `put ${variable}=${anotherPort(port)} into .env.`
    if (code !== 'EADDRINUSE') {
      return fail(subject, `this user can't listen on ${port} (${code})`, `Instead, ${another}`)
    }
    if (await isOurs(port, path)) return ok(subject, `${port}: it runs there already`)
    const cure = `Stop what listens there, or ${another}`
    return fail(subject, `${port} is taken by another program`, cure)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return fail(subject, reason, `Correct ${variable} in .env.`)
  }
}

/** Reports pairs with the same port; checkPort reports values that are no port. */
function checkDifferent({ env }: DoctorContext): Finding[] {
  const wanted = [...OWN_PORTS, { what: 'metrics', variable: 'METRICS_PORT', byDefault: 0 }]
  try {
    const ports = wanted.map(({ what, variable, byDefault }) => ({
      what,
      variable,
      port: portFrom(env, variable, byDefault),
    }))
    return findSamePorts(ports).map((what) => fail('ports', what, 'Correct one of them in .env.'))
  } catch {
    return []
  }
}

/** The ports that `npm start` needs. */
export async function checkPorts(context: DoctorContext): Promise<Finding[]> {
  const each = await Promise.all(OWN_PORTS.map((own) => checkPort(context, own)))
  return [...each, ...checkDifferent(context)]
}
