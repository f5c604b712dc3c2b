/**
 * The official compiler, offline: compiles the mini-program as an upload would, into a zip file.
 * A process of its own, since miniprogram-ci leaves workers behind that would keep another alive.
 *
 *   node compile.mjs PROJECT_FOLDER ZIP_FILE
 */
import { generateKeyPairSync } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import ci from 'miniprogram-ci'

const [projectPath, zipFile] = process.argv.slice(2)
const keyFile = `${zipFile}.key`
const pem = { type: 'pkcs1', format: 'pem' }

try {
  // The compiler wants a key although nothing is signed; this one is thrown away.
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: pem,
    publicKeyEncoding: pem,
  })
  writeFileSync(keyFile, privateKey, { mode: 0o600 })
  const project = new ci.Project({
    appid: 'wx0000000000000000',
    type: 'miniProgram',
    projectPath,
    privateKeyPath: keyFile,
    ignores: ['node_modules/**/*'],
  })
  // Asked of WeChat otherwise; without it the compiler needs no network.
  project.attr = async () => ci.DefaultProjectAttr
  const setting = { es6: true, minify: true }
  const onProgressUpdate = () => undefined
  await ci.getCompiledResult(
    { project, version: '0.0.0', desc: '', setting, onProgressUpdate },
    zipFile,
  )
  process.exit(0)
} catch (error) {
  console.error(`${error.code ?? ''} ${error.message}`.trim())
  process.exit(1)
} finally {
  rmSync(keyFile, { force: true })
}
