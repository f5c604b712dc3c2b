/** The callbacks of a wx API: each once, in WeChat's order. */
import { createApi } from '../../../../scripts/preview/client/wx/call'

describe('an API that calls back synchronously', () => {
  it('runs its work once', () => {
    const work = jest.fn(() => ({ value: 1 }))
    const success = jest.fn()
    void createApi('getSystemInfo', work, { isSync: true })({ success })
    expect(work).toHaveBeenCalledTimes(1)
    expect(success).toHaveBeenCalledWith({ errMsg: 'getSystemInfo:ok', value: 1 })
  })

  it('passes an exception to fail and complete, once each', async () => {
    const work = () => {
      throw new Error('no screen')
    }
    const calls: [string, object][] = []
    const note = (name: string) => (result: object) => calls.push([name, result])
    const callbacks = { success: note('success'), fail: note('fail'), complete: note('complete') }
    const api = createApi('getSystemInfo', work, { isSync: true })
    expect(api(callbacks)).toBeUndefined()
    const failure = { errMsg: 'getSystemInfo:fail no screen' }
    expect(calls).toEqual([
      ['fail', failure],
      ['complete', failure],
    ])
    await new Promise((done) => setTimeout(done))
    expect(calls).toHaveLength(2)
    await expect(api()).rejects.toMatchObject(failure)
  })
})

describe('any other API', () => {
  it('calls back after the call, never during it', async () => {
    const order: string[] = []
    const done = new Promise<void>((resolve) => {
      void createApi('login', () => ({ code: 'c' }))({
        success: () => order.push('success'),
        complete: () => {
          order.push('complete')
          resolve()
        },
      })
    })
    order.push('returned')
    await done
    expect(order).toEqual(['returned', 'success', 'complete'])
  })
})
