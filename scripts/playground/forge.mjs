/** The parts of node-forge that the page needs, because the whole package is six times as large. */
import 'node-forge/lib/aes.js'
import 'node-forge/lib/hmac.js'
import 'node-forge/lib/sha1.js'
import 'node-forge/lib/sha256.js'

export { default } from 'node-forge/lib/forge.js'
