/** Optional packages, which are loaded only where an environment variable asks for what they do. */
import { ConfigError } from './config'
import { codeOf } from './error-code'

/** @throws ConfigError that names the variable when the package is not installed. */
export async function loadOptional<T>(
  variable: string,
  name: string,
  loading: Promise<T>,
): Promise<T> {
  try {
    return await loading
  } catch (error) {
    if (!codeOf(error).endsWith('MODULE_NOT_FOUND')) throw error
    throw new ConfigError([`${variable}: needs a package that is not installed: ${name}`])
  }
}
