/**
 * The BFF as a 云函数: what `npm run build` writes to dist/cloud/. Each instance of the function is a
 * process. Its first call opens the database; if that fails, the next call tries again.
 */
import { assemble, readSettings } from './assemble'
import type { Assembled } from './assemble'
import { createCloudFunction } from './cloud/create-cloud-function'
import { ConfigError } from './config'
import { sqliteFileOf } from './config/values'
import { ApiError } from './errors'
import { explain } from './operator-error'

const SQLITE =
  'DATABASE_URL: must be mysql://… or postgres://… in a cloud function. SQLite is refused: every instance ' +
  'has a disk of its own, which is thrown away with it, and so would be the accounts'

const PAYMENT =
  'PAY_MCHID: payment is refused in a cloud function: notices need an HTTPS address, and orders a process ' +
  'that looks after them. Serve it from a container of 微信云托管 or a server of your own'

/** Settings of a process that listens; they have no meaning here. */
const WITHOUT = ['HOST', 'PORT', 'METRICS_HOST', 'METRICS_PORT', 'TRUST_PROXY']

/** @param env of the process, as the console sets it. */
function functionEnv(env: NodeJS.ProcessEnv): { env: NodeJS.ProcessEnv; faults: string[] } {
  const own = Object.entries(env).filter(([name]) => !WITHOUT.includes(name))
  const { DATABASE_URL: url } = env
  const isSqlite = url === undefined || sqliteFileOf(url) !== null
  return {
    // The AppSecret may be left out, as in 云托管.
    env: { ...Object.fromEntries(own), TRUST_CLOUD_HEADERS: 'true' },
    faults: [...(isSqlite ? [SQLITE] : []), ...(env['PAY_MCHID'] === undefined ? [] : [PAYMENT])],
  }
}

let starting: Promise<Assembled> | null = null

async function start(): Promise<Assembled> {
  const { env, faults } = functionEnv(process.env)
  return assemble(readSettings(env, faults))
}

/** Keeps a ConfigError, which the developer must fix. Any other failure may be temporary, so it answers 503. */
function asAnswer(error: unknown): Error {
  process.stderr.write(`${explain(error)}\n`)
  if (error instanceof ConfigError) return error
  return new ApiError('STORAGE_UNAVAILABLE', 'This function could not be made ready.')
}

async function getAssembled(): Promise<Assembled> {
  starting ??= start()
  try {
    return await starting
  } catch (error) {
    starting = null
    throw asAnswer(error)
  }
}

const serve = createCloudFunction(async () => (await getAssembled()).bff.app)

/**
 * The handler that the platform calls.
 * @param event `{path, method, header?, data?}`
 * @returns `{statusCode, header, data}`. Rejects with a ConfigError that lists all faults of the environment.
 */
export async function main(event: unknown): ReturnType<typeof serve> {
  const answer = await serve(event)
  // Flush now, because the platform stops the process as soon as it has the answer.
  if (starting !== null) (await starting).logger.flush()
  return answer
}
