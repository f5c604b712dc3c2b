/** The server as `npm run build` makes it, built once for each run of the tests (.config/build-for-tests.mjs). */
import { join } from 'node:path'

/** Inside the project, so that the built files find their packages. */
export const BUILT_SERVER = join(__dirname, '../../.cache/test-server')

/** What Node runs as the BFF; starts in a third of the time of the sources. */
export const BUILT_BFF = [join(BUILT_SERVER, 'main.js')]

export const BUILT_FUNCTION = join(__dirname, '../../.cache/test-function')
