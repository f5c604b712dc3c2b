/**
 * The entry point, loaded as index.js. An uploaded function is created with Node.js 8, which can't
 * parse the bundle, so this file uses only syntax that Node.js 8 knows.
 */
'use strict'

var OLDEST = [20, 19]
var version = process.versions.node.split('.').map(Number)

if (version[0] < OLDEST[0] || (version[0] === OLDEST[0] && version[1] < OLDEST[1])) {
  throw new Error(
    'This function needs Node.js ' +
      OLDEST.join('.') +
      ' or newer, and runs on ' +
      process.versions.node +
      '. Delete it, create it anew in the console with that runtime, and upload it again.',
  )
}

module.exports = require('./function.js')
