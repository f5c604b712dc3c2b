/** The secrets in an environment, each as it would stand in a package: values alone, without their names. */

const MIN_SECRET_CHARACTERS = 8
/** The sandbox's secrets are public; findLeaks finds them by this prefix. */
const SANDBOX = 'sandbox-secret-'

/** `kid:value[,kid:value…]`: the value is the secret, the kid is public. */
export const keyValues = (pairs = ''): string[] =>
  pairs
    .split(',')
    .map((pair) => pair.slice(pair.indexOf(':') + 1))
    .filter((value) => value !== '')

/** Of the one app, and of WECHAT_APPS; a list that can't be read holds none, and the server says so. */
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
