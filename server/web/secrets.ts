/** The random values of cookies, tickets, scans and sign-ins. */
import { hash, randomBytes } from 'node:crypto'

const SECRET_BYTES = 32
/** 32 random bytes in base64url. */
const SECRET = /^[A-Za-z0-9_-]{43}$/

/** An unguessable value; only its hash is stored. */
export const newSecret = (): string => randomBytes(SECRET_BYTES).toString('base64url')

/** True if the text has the format of a secret. */
export const isSecret = (text: string): boolean => SECRET.test(text)

/** The hash of a secret, which the database stores in its place. */
export const hashOf = (secret: string): string => hash('sha256', secret, 'base64url')
