/**
 * `npm start` of a generated project: runs the WeChat stand-in, the backend and the preview until
 * Ctrl-C.
 */
import { join, resolve } from 'node:path'
import { readEnvironment } from '../../lib/environment'
import { parseCommand } from '../../lib/parse-command'
import { reportFailure } from '../../lib/user-error'
import { printLine, serve } from '../../start/serve'
import { chooseBackend } from './backends'
import { buildAndWatch } from './framework'

const USAGE = `wechat-login-tools [--backend FILE|URL] [--miniprogram FOLDER] [--build FOLDER]

--backend      a program of Node, or the address of a backend that runs already; the BFF in server/ by default
--miniprogram  the folder with app.json, miniprogram by default
--build        the folder of a uni-app or Taro project: its npm run dev writes what --miniprogram names`

const OPTIONS = {
  backend: { type: 'string', default: '' },
  miniprogram: { type: 'string', default: 'miniprogram' },
  build: { type: 'string', default: '' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** The name of a backend that is not the BFF. */
const OTHER = 'backend'
const OWN_APP = 'write WECHAT_APPSECRET into .env (see .env.example)'

async function run(): Promise<void> {
  const { backend, miniprogram, build, help } = parseCommand(OPTIONS, USAGE)
  if (help) {
    console.log(USAGE)
    return
  }
  const root = process.cwd()
  const env = readEnvironment(root)
  if (build !== '') await buildAndWatch(resolve(root, build), resolve(root, miniprogram))
  const onLine = (line: string): void => {
    printLine(OTHER, line)
  }
  const startBackend = chooseBackend(backend, { root, env, onLine })
  await serve(
    {
      env,
      root,
      dataDir: join(root, 'data'),
      miniprogram: resolve(root, miniprogram),
      ...(startBackend !== undefined && { startBackend }),
    },
    startBackend === undefined
      ? { backend: 'BFF', backendDetail: 'its page signs in on the web', ownApp: () => OWN_APP }
      : { backend: OTHER, backendDetail: backend, ownApp: () => OWN_APP },
  )
}

/** Runs the command that was passed to the process. */
export function start(): void {
  run().catch((error: unknown) => {
    reportFailure(error)
    process.exit(1)
  })
}
