/**
 * The server as built by `npm run build`, built once per test run (.config/build-for-tests.mjs).
 */
import { join } from 'node:path'

/** Inside the project, so that the built files find their packages. */
export const BUILT_SERVER = join(__dirname, '../../.cache/test-server')

/** The program that Node runs as the BFF; starts three times as fast as the sources. */
export const BUILT_BFF = [join(BUILT_SERVER, 'main.js')]

export const BUILT_FUNCTION = join(__dirname, '../../.cache/test-function')
