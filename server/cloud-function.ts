/**
 * The BFF as a 云函数: what `npm run build` writes to dist/cloud/. Each instance of the function is a process;
 * its first call opens the database, and the next call tries again after a failure.
 */
import { assemble, readSettings } from './assemble'
import type { Assembled } from './assemble'
import { createCloudFunction } from './cloud/create-cloud-function'
import { functionEnv } from './cloud/function-env'
import { ConfigError } from './config'
import { ApiError } from './errors'
import { explain } from './operator-error'

let starting: Promise<Assembled> | null = null

async function start(): Promise<Assembled> {
  const { env, faults } = functionEnv(process.env)
  return assemble(readSettings(env, faults))
}

/** A ConfigError stays as it is for the developer; any other failure may pass, so clients get a 503. */
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
 * @returns `{statusCode, header, data}`. Rejects with every fault of the environment while there is one.
 */
export async function main(event: unknown): ReturnType<typeof serve> {
  const answer = await serve(event)
  // The platform stops the process as soon as there is an answer.
  if (starting !== null) (await starting).logger.flush()
  return answer
}
