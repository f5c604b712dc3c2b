/**
 * Runs miniprogram-ci in its own process, because it leaves workers that would keep ours alive, and
 * its output must stay out of ours. The job, which contains the key, arrives as a message, because
 * arguments and environment of a process are not secret.
 */
import ci from 'miniprogram-ci'
// Not exported by miniprogram-ci: its terminal mode prints the QR code but writes no picture.
import terminalQrCode from 'miniprogram-ci/dist/ci/utils/terminalQrcode.js'
import { runJob, toFailure } from './jobs.mjs'

process.once('message', (job) => {
  const send = (message) => process.send(message)
  const end = (message) => process.send(message, () => process.exit(0))
  const drawQrCode = (jpeg) => terminalQrCode.generateTerminalQrcode(jpeg.toString('base64'))
  runJob(ci, job, (task) => send({ type: 'task', task }), drawQrCode).then(
    (result) => end({ type: 'done', result }),
    (error) => end({ type: 'failed', failure: toFailure(error) }),
  )
})
