/**
 * The secrets in an environment, as they would appear in a package: only the values, without names.
 */

const MIN_SECRET_CHARACTERS = 8
/** The sandbox's secrets are public; findLeaks finds them by this prefix. */
const SANDBOX = 'sandbox-secret-'

/** `kid:value[,kid:value…]`: the value is the secret, the kid is public. */
export const keyValues = (pairs = ''): string[] =>
  pairs
    .split(',')
    .map((pair) => pair.slice(pair.indexOf(':') + 1))
    .filter((value) => value !== '')

/**
 * The single app and WECHAT_APPS; a list that can't be parsed contains none, and the server reports
 * it.
 */
export function appSecrets(env: NodeJS.Dict<string>): string[] {
  const listed = (env['WECHAT_APPS'] ?? '').matchAll(/"secret"\s*:\s*"([^"]*)"/g)
  return [env['WECHAT_APPSECRET'] ?? '', ...[...listed].map(([, secret]) => secret ?? '')]
}

export function knownSecrets(env: NodeJS.Dict<string>): string[] {
  return [
    ...appSecrets(env),
    ...keyValues(env['JWT_SECRETS']),
    ...keyValues(env['DATA_KEYS']),
  ].filter((secret) => secret.length >= MIN_SECRET_CHARACTERS && !secret.startsWith(SANDBOX))
}
