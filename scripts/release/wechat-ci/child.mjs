/**
 * miniprogram-ci in a process of its own: it leaves workers behind that would keep another alive, and
 * its chatter stays out of our output. The job, with the key in it, comes as a message: neither
 * arguments nor environment of a process are secret.
 */
import ci from 'miniprogram-ci'
// Not exported: its own terminal mode prints the code and writes no picture.
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
