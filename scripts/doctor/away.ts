/** Why a database or Redis did not answer, and the shared advice. */
import { codeOf } from '../lib/user-error'

export const ENCODE = 'In a URL a % of the password is written %25.'
export const AWAY = 'Start the server, and check host, port and firewall.'

/** The driver throws URIError for a % in the URL that encodes nothing. */
export function reasonOf(error: unknown): string {
  return error instanceof URIError ? 'a bare % in the URL' : codeOf(error) || 'no answer in time'
}
