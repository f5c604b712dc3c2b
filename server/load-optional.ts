/** Loads optional packages, each only if an environment variable needs it. */
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
