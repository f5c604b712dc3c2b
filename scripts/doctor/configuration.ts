/** Asks the server whether it accepts the environment, and checks the keys and the mode of .env. */
import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { appSecrets, keyValues } from '../check/leaks/known-secrets'
import { DEFAULT_PORTS } from '../lib/defaults'
import { readEnvFile } from '../lib/environment'
import { sandboxEnv, usesWechat } from '../start/bff-env'
import { assertKeys, DEV_KEYS } from '../start/dev-keys'
import type { DoctorContext } from './context'
import { fail, ok, warn } from './finding'
import type { Finding } from './finding'

const ROOT = join(__dirname, '../..')
const EXIT_CONFIG = 78
const OTHERS_MAY_READ = 0o077
const KEYS = 'Take the variable out of .env and run npm run init again: it makes a fresh key.'

const CURES: Record<string, string> = {
  JWT_SECRETS: KEYS,
  DATA_KEYS: `${KEYS} What the old key sealed (phone numbers) needs the old one behind a comma.`,
  WECHAT_APPID: 'npm run init -- --appid wx…',
  WECHAT_APPSECRET: 'npm run init -- --appid wx… asks for it; mp.weixin.qq.com shows it once.',
}

/** Any address will do, because no request is sent to it. */
const SANDBOX_URL = `http://127.0.0.1:${DEFAULT_PORTS.sandbox}`

/** The environment as `npm start` passes it: with development keys, and the sandbox without an AppSecret. */
function asStarted({ env, root }: DoctorContext): NodeJS.ProcessEnv {
  if (env['NODE_ENV'] === 'production') return env
  const file = join(root, DEV_KEYS)
  const keys = existsSync(file)
    ? readEnvFile(root, DEV_KEYS)
    : {
        JWT_SECRETS: `dev:${randomBytes(48).toString('base64url')}`,
        DATA_KEYS: `dev:${randomBytes(32).toString('base64')}`,
      }
  assertKeys(file, keys, env)
  return { ...keys, ...env, ...(!usesWechat(env) && sandboxEnv(SANDBOX_URL)) }
}

interface Verdict {
  exitCode: number | null
  text: string
}

/** Runs the server with --check-config: it reads the environment as at a start, and exits. */
function askServer(env: NodeJS.ProcessEnv): Promise<Verdict> {
  const args = ['--import', 'tsx', 'server/main.ts', '--check-config']
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const chunks: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  }
  return new Promise((resolve) => {
    const end = (exitCode: number | null) =>
      resolve({ exitCode, text: Buffer.concat(chunks).toString('utf8') })
    child.once('error', () => end(null)).once('close', end)
  })
}

function toFinding(line: string): Finding {
  const [name = '', ...rest] = line.trim().split(': ')
  const cure = CURES[name] ?? `Correct ${name} in .env; .env.example says what it may be.`
  return fail(name, rest.join(': '), cure)
}

/** Each variable that the server would refuse, in the server's own words. */
export async function checkConfiguration(context: DoctorContext): Promise<Finding[]> {
  const { exitCode, text } = await askServer(asStarted(context))
  if (exitCode === 0) return [ok('configuration', 'the server accepts every variable')]
  if (exitCode !== EXIT_CONFIG) {
    const last = text.trim().split('\n').at(-1) ?? ''
    return [fail('server', `it does not start: ${last}`, 'npm ci, then run this again.')]
  }
  return text
    .split('\n')
    .filter((line) => line.startsWith('  '))
    .map(toFinding)
}

/** A value that serves as two secrets: a leak of one gives away the other. */
export function checkKeysDiffer({ env }: DoctorContext): Finding[] {
  const jwt = keyValues(env['JWT_SECRETS'])
  const data = keyValues(env['DATA_KEYS'])
  const apps = appSecrets(env)
  const places = [
    ['JWT_SECRETS', 'DATA_KEYS', jwt.some((value) => data.includes(value))],
    ['JWT_SECRETS', 'AppSecret', jwt.some((value) => apps.includes(value))],
    ['DATA_KEYS', 'AppSecret', data.some((value) => apps.includes(value))],
  ] as const
  return places
    .filter(([, , areEqual]) => areEqual)
    .map(([one, other]) => fail('keys', `${one} and the ${other} are equal`, KEYS))
}

export function checkEnvFile({ root, env }: DoctorContext): Finding {
  const file = join(root, '.env')
  if (!existsSync(file)) {
    return usesWechat(env)
      ? ok('.env', 'there is none; the shell sets the variables')
      : warn(
          '.env',
          'there is none, so npm start uses the sandbox and makes keys of its own',
          'For your own mini-program: npm run init -- --appid wx…',
        )
  }
  const tracked = spawnSync('git', ['ls-files', '--error-unmatch', '.env'], { cwd: root })
  if (tracked.status === 0) {
    return fail(
      '.env',
      'git tracks it, so its secrets are in the history',
      'git rm --cached .env, then reset the AppSecret and take new keys: what was pushed is known.',
    )
  }
  if (process.platform !== 'win32' && (statSync(file).mode & OTHERS_MAY_READ) !== 0) {
    return fail('.env', 'other users of this computer may read it', 'chmod 600 .env')
  }
  return ok('.env', 'only you may read it, and git does not track it')
}
