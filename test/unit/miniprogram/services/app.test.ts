import path from 'node:path'
import type { Auth } from '../../../../miniprogram/auth/index'
import { userMessage } from '../../../../miniprogram/auth/index'
import { authError, createFakeAuth, someUser } from '../components/fake-auth'
import { createFakeWx } from '../components/fake-wx'

interface AppOptions {
  onLaunch(): void
  onError(message: string): void
  onUnhandledRejection(event: { reason: unknown }): void
}

type Listener = () => void

/** Two listeners and an apply, as in WeChat. */
function createUpdateManager() {
  const heard: Record<string, Listener> = {}
  return {
    heard,
    applyUpdate: jest.fn(),
    onUpdateReady: (listener: Listener) => (heard['ready'] = listener),
    onUpdateFailed: (listener: Listener) => (heard['failed'] = listener),
  }
}

const log = { error: jest.fn() }
const root = path.join(__dirname, '../../../../miniprogram')

/** Runs app.ts as WeChat does, and returns the argument of `App()`. */
function launch(wx: object = {}, auth: Auth = createFakeAuth(someUser)): AppOptions {
  jest.resetModules()
  const App = jest.fn<undefined, [AppOptions]>()
  const withLog = { getRealtimeLogManager: () => log, getUpdateManager: undefined, ...wx }
  Object.assign(globalThis, { App, wx: createFakeWx(withLog) })
  jest.doMock(path.join(root, 'services/auth.ts'), () => ({ auth }))
  jest.requireActual(path.join(root, 'app.ts'))
  const [options] = App.mock.calls[0]!
  options.onLaunch()
  return options
}

const toasts = () =>
  (wx.showToast as unknown as jest.Mock<void, [{ title: string }]>).mock.calls.map(
    ([{ title }]) => title,
  )

describe('app', () => {
  it('starts the silent login at launch and leaves its failure to the pages', async () => {
    const ready = jest.fn(() => Promise.reject<typeof someUser>(authError('network')))
    launch({}, createFakeAuth(null, { ready }))
    await new Promise(process.nextTick)
    expect(ready).toHaveBeenCalledTimes(1)
    expect(toasts()).toEqual([])
  })

  it('shows an uncaught error to the user, at most once in a while', () => {
    const app = launch()
    app.onError('TypeError: x is undefined')
    app.onError('TypeError: x is undefined')
    expect(toasts()).toEqual(['出了点问题，请再试一次'])
    expect(log.error).toHaveBeenCalledTimes(2)
  })

  it('shows the message of an uncaught AuthError and logs no cause', () => {
    const cause = { url: 'https://a.example/?secret' }
    const reason = authError('timeout', { cause, requestId: 'r-1' })
    launch().onUnhandledRejection({ reason })
    expect(toasts()).toEqual([userMessage(reason)])
    expect(log.error.mock.lastCall).toEqual([expect.stringContaining('r-1')])
    expect(log.error.mock.lastCall).toEqual([expect.not.stringContaining('secret')])
  })

  it('works without a real-time log', () => {
    launch({ getRealtimeLogManager: undefined }).onError('x')
    expect(toasts()).toHaveLength(1)
  })

  it.each([
    [true, 1],
    [false, 0],
  ])('restarts into a new version only if the user agrees: %s', (confirm, times) => {
    const updates = createUpdateManager()
    const showModal = jest.fn(({ success }: { success(answer: object): void }) =>
      success({ confirm }),
    )
    launch({ getUpdateManager: () => updates, showModal })
    updates.heard['ready']!()
    expect(updates.applyUpdate).toHaveBeenCalledTimes(times)
  })

  it('gives advice when the new version could not be downloaded', () => {
    const updates = createUpdateManager()
    const showModal = jest.fn()
    launch({ getUpdateManager: () => updates, showModal })
    updates.heard['failed']!()
    expect(showModal).toHaveBeenCalledWith(expect.objectContaining({ showCancel: false }))
  })
})
