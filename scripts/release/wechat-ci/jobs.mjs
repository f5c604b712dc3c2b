/**
 * The jobs for miniprogram-ci: compile offline, upload, preview, upload a 云函数. The module is a
 * parameter, so that a test can pass a fake; messages are plain objects, so that they can cross to
 * another process.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** No service uses port 1, so a connection to it fails at once. */
const NOWHERE = 'http://127.0.0.1:1'
/** Messages without information. */
const SILENT = new Set(['', 'undefined'])

function toTask(event) {
  if (typeof event === 'string') return { id: event, message: event, status: 'info' }
  return { id: event.id, message: event.message ?? '', status: event.status }
}

function createProject(ci, { appid, key, projectPath }, more) {
  return new ci.Project({
    appid,
    type: 'miniProgram',
    projectPath,
    privateKey: key,
    ignores: ['node_modules/**/*'],
    ...more,
  })
}

function writeFiles(folder, result) {
  rmSync(folder, { recursive: true, force: true })
  for (const [path, content] of Object.entries(result)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
}

const KINDS = {
  async compile(ci, job, shared) {
    // The compiler would fetch the app's attributes and a list of file names from WeChat. A proxy
    // that does not exist blocks these requests, and the compiler uses its built-in defaults.
    ci.proxy(NOWHERE)
    const project = createProject(ci, job, { attr: async () => ci.DefaultProjectAttr })
    const result = await ci.getCompiledResult({ ...shared, project }, job.zipFile)
    writeFiles(job.folder, result)
    return {}
  },

  async upload(ci, job, shared) {
    const { version, desc, robot } = job
    const project = createProject(ci, job)
    const { subPackageInfo = [] } = await ci.upload({ ...shared, project, version, desc, robot })
    return { packages: subPackageInfo }
  },

  async function(ci, job) {
    const { env, name, path } = job
    // It uploads the code by another HTTP client, which reads only this variable.
    if (job.proxy) process.env.https_proxy = job.proxy
    const project = createProject(ci, job)
    const sent = await ci.cloud.uploadFunction({ project, env, name, path, remoteNpmInstall: true })
    return { packages: [{ name, size: sent.packSize }] }
  },

  async preview(ci, job, shared, drawQrCode) {
    const { desc, robot, qrFile } = job
    const project = createProject(ci, job)
    const qr = { qrcodeFormat: 'image', qrcodeOutputDest: qrFile }
    const { subPackageInfo = [] } = await ci.preview({ ...shared, ...qr, project, desc, robot })
    return { packages: subPackageInfo, qrCode: await drawQrCode(readFileSync(qrFile)) }
  },
}

/**
 * @param ci miniprogram-ci
 * @param job of run-job.ts
 * @param onTask is called with each task event of miniprogram-ci that has a message.
 * @param drawQrCode a JPEG to lines of text.
 */
export async function runJob(ci, job, onTask, drawQrCode) {
  if (job.proxy) ci.proxy(job.proxy)
  const onProgressUpdate = (event) => {
    const task = toTask(event)
    if (task.status === 'done' || !SILENT.has(task.message)) onTask(task)
  }
  const setting = { es6: true, minify: true }
  return KINDS[job.kind](ci, job, { setting, onProgressUpdate }, drawQrCode)
}

/** An error of miniprogram-ci as plain values. */
export function toFailure(error) {
  return {
    code: typeof error?.code === 'number' || typeof error?.code === 'string' ? error.code : 0,
    message: String(error?.message ?? error),
  }
}
