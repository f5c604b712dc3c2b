/** The questions of create-wechat-login, answered from a keyboard. */
import { PassThrough } from 'node:stream'
import { askForRest } from '../../../../scripts/create/cli/ask'
import type { Given } from '../../../../scripts/create/cli/options'
import { until } from '../../../support/until'

const ENTER = '\r'
const DOWN = '\u001b[B'
const CTRL_C = '\u0003'

/** Answers each question once it is displayed. */
async function answer(given: Given, ...answers: [question: string, keys: string][]) {
  const input = new PassThrough()
  const output = new PassThrough()
  let shown = ''
  output.on('data', (chunk: Buffer) => (shown += chunk.toString()))
  const choices = askForRest(given, { input, output })
  choices.catch(() => undefined)
  for (const [question, keys] of answers) {
    // If the questions end too early, report that error, not the missing next question.
    await Promise.race([until(() => shown.includes(question)), choices])
    shown = ''
    for (const key of keys === '' ? [] : [keys]) input.write(key)
  }
  return { choices: await choices, shown }
}

it('asks for missing options, and accepts the defaults on Enter', async () => {
  const { choices } = await answer(
    {},
    ['放在哪个目录', ENTER],
    ['用什么写小程序', ENTER],
    ['后端', ENTER],
    ['AppID', ENTER],
  )
  const defaults = { framework: 'native', backend: 'ours', backendUrl: '', appid: '' }
  expect(choices).toEqual({ dir: 'wechat-login-app', ...defaults })
})

it('asks for an address only with an own backend, and not for known options', async () => {
  const { choices } = await answer(
    { dir: 'shop', framework: 'taro' },
    ['后端？', DOWN + ENTER],
    ['后端在本机的地址', `http://127.0.0.1:8080${ENTER}`],
    ['AppID', `wx0123456789abcdef${ENTER}`],
  )
  expect(choices).toEqual({
    dir: 'shop',
    framework: 'taro',
    backend: 'own',
    backendUrl: 'http://127.0.0.1:8080',
    appid: 'wx0123456789abcdef',
  })
})

it('asks again after an AppID in the wrong format', async () => {
  const { choices } = await answer(
    { dir: 'shop', framework: 'native', backend: 'ours' },
    ['AppID', `wx1${ENTER}`],
    ['不是 AppID', `\u0015wx0123456789abcdef${ENTER}`],
  )
  expect(choices.appid).toBe('wx0123456789abcdef')
})

it('writes nothing when the user aborts', async () => {
  await expect(answer({}, ['放在哪个目录', CTRL_C])).rejects.toThrow('已取消')
})
