/**
 * The whole stack on loopback: the WeChat sandbox, the BFF and the browser preview.
 *
 * With WECHAT_APPID and WECHAT_APPSECRET the BFF talks to WeChat itself and no sandbox is started;
 * an AppID alone is not enough for that.
 */
import { join } from 'node:path'
import { createPreview } from '../preview/preview'
import { createSandbox } from '../sandbox/sandbox'
import { DEFAULT_PORTS, SANDBOX_MINI_PROGRAM } from '../lib/defaults'
import { findBffAddress } from './bff-address'
import { assertProductionEnv, bffEnv, usesWechat } from './bff-env'
import { startBff } from './bff-process'
import type { BffProcess } from './bff-process'
import { sandboxPayEnv } from './pay-env'
import { assertPortsFree, findFreePort, portFrom } from './ports'
import { webEnv } from './web-env'

const ROOT = join(__dirname, '../..')

export interface Stack {
  sandboxUrl: string | null
  bffUrl: string
  previewUrl: string
  bff: BffProcess
  /** Ends all of them; safe to call twice. */
  stop(): Promise<void>
}

export interface StackOptions {
  /** Environment with .env already in it. */
  env: NodeJS.ProcessEnv
  /** Where keys and, by default, the database are stored. */
  dataDir: string
  onLine: (line: string) => void
  onProgress: (step: string) => void
  /** The project's folder; this repository by default. */
  root?: string
  /** The folder with app.json; `miniprogram` of the project by default. */
  miniprogram?: string
  /** The program that Node runs as the BFF; the sources by default. */
  program?: readonly string[]
  /** Starts another backend than the BFF in the project's `server/`. */
  startBackend?: StartBackend
}

interface BackendPlace {
  /** Null when the backend talks to WeChat itself. */
  sandboxUrl: string | null
  /** The port where it must listen. */
  port: number
}

export type StartBackend = (place: BackendPlace) => Promise<BffProcess>

type Stop = () => Promise<void>

async function checkPorts(env: NodeJS.ProcessEnv, withSandbox: boolean) {
  const ports = {
    sandbox: portFrom(env, 'SANDBOX_PORT', DEFAULT_PORTS.sandbox),
    bff: portFrom(env, 'PORT', DEFAULT_PORTS.bff),
    preview: portFrom(env, 'PREVIEW_PORT', DEFAULT_PORTS.preview),
    // 0 means no metrics, or any free port.
    metrics: portFrom(env, 'METRICS_PORT', 0),
  }
  const sandbox = { what: 'WeChat sandbox', variable: 'SANDBOX_PORT', port: ports.sandbox }
  await assertPortsFree([
    { what: 'BFF', variable: 'PORT', port: ports.bff },
    ...(withSandbox ? [sandbox] : []),
    { what: 'preview', variable: 'PREVIEW_PORT', port: ports.preview },
    { what: 'metrics', variable: 'METRICS_PORT', port: ports.metrics },
  ])
  return ports
}

async function startSandbox(stops: Stop[], port: number): Promise<string> {
  const sandbox = createSandbox()
  const { url } = await sandbox.listen(port)
  stops.push(() => sandbox.close())
  return url
}

/** The BFF in `server/`, with all features of the sandbox: three apps and a merchant. */
async function startOurBff(options: StackOptions, { sandboxUrl, port }: BackendPlace) {
  const { env, dataDir, onLine, program, root = ROOT } = options
  const payEnv = sandboxUrl === null ? {} : await sandboxPayEnv(sandboxUrl, port)
  return startBff({
    env: {
      ...bffEnv(env, dataDir, sandboxUrl),
      ...(sandboxUrl !== null && webEnv(env, { sandboxUrl, bffPort: port })),
      ...payEnv,
      PORT: String(port),
    },
    onLine,
    ...(program !== undefined && { program }),
    cwd: root,
  })
}

async function startAll(options: StackOptions, stops: Stop[]): Promise<Omit<Stack, 'stop'>> {
  const { env, onProgress, root = ROOT, miniprogram = join(root, 'miniprogram') } = options
  const withSandbox = !usesWechat(env)
  if (options.startBackend === undefined) assertProductionEnv(env)
  const ports = await checkPorts(env, withSandbox)

  onProgress(withSandbox ? 'starting the WeChat sandbox' : 'using WeChat itself, no sandbox')
  const sandboxUrl = withSandbox ? await startSandbox(stops, ports.sandbox) : null

  onProgress('starting the backend')
  // Choose the port before the BFF listens, because browsers return to it from WeChat's page and
  // notices go there.
  const port = ports.bff === 0 ? await findFreePort() : ports.bff
  const { startBackend = (place) => startOurBff(options, place) } = options
  const bff = await startBackend({ sandboxUrl, port })
  stops.push(() => bff.stop())

  onProgress('building the preview of the mini-program')
  const { url: bffUrl, hosts: allow } = findBffAddress(bff.url)
  const preview = createPreview({
    dir: miniprogram,
    appid: withSandbox ? SANDBOX_MINI_PROGRAM : (env['WECHAT_APPID'] ?? SANDBOX_MINI_PROGRAM),
    bffUrl,
    allow,
    ...(sandboxUrl !== null && { sandboxUrl }),
  })
  const { url: previewUrl } = await preview.listen(ports.preview)
  stops.push(() => preview.close())
  return { sandboxUrl, bffUrl, previewUrl, bff }
}

/** @throws Error with the cause and advice; nothing is left running then. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const stops: Stop[] = []
  const stop = async (): Promise<void> => {
    // Stop in reverse order, so that no part loses a server that it still calls.
    for (let end = stops.pop(); end !== undefined; end = stops.pop()) await end()
  }
  try {
    return { ...(await startAll(options, stops)), stop }
  } catch (error) {
    await stop()
    throw error
  }
}
