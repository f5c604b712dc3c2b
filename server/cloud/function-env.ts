/** The environment of a 云函数, where the platform identifies the caller and no port is opened. */

const SQLITE =
  'DATABASE_URL: must be mysql://… or postgres://… in a cloud function. SQLite is refused: every instance ' +
  'has a disk of its own, which is thrown away with it, and so would be the accounts'

const PAYMENT =
  'PAY_MCHID: payment is refused in a cloud function: notices need an HTTPS address, and orders a process ' +
  'that looks after them. Serve it from a container of 微信云托管 or a server of your own'

/** Settings of a process that listens; they have no meaning here. */
const WITHOUT = ['HOST', 'PORT', 'METRICS_HOST', 'METRICS_PORT', 'TRUST_PROXY']

/** @param env of the process, as the console sets it. */
export function functionEnv(env: NodeJS.ProcessEnv): { env: NodeJS.ProcessEnv; faults: string[] } {
  const own = Object.entries(env).filter(([name]) => !WITHOUT.includes(name))
  const isSqlite = (env['DATABASE_URL'] ?? 'file:').startsWith('file:')
  return {
    // The AppSecret may be left out, as in 云托管.
    env: { ...Object.fromEntries(own), TRUST_CLOUD_HEADERS: 'true' },
    faults: [...(isSqlite ? [SQLITE] : []), ...(env['PAY_MCHID'] === undefined ? [] : [PAYMENT])],
  }
}
