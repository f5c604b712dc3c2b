import {
  compareVersions,
  getBaseLibraryVersion,
  hasApi,
  isBaseLibraryAtLeast,
  isDevTools,
} from '../../../../miniprogram/services/base-library'
import { getFontScale } from '../../../../miniprogram/services/appearance'
import { createFakeWx } from '../components/fake-wx'

const useWx = (overrides: object) => Object.assign(globalThis, { wx: createFakeWx(overrides) })

describe('base library', () => {
  it.each([
    ['2.9.0', '2.21.2', -1],
    ['2.21.2', '2.21.2', 0],
    ['2.21.10', '2.21.9', 1],
    ['3.0', '3.0.0', 0],
    ['10.0.0', '9.9.9', 1],
  ])('%s against %s is %i, part by part', (left, right, sign) => {
    expect(Math.sign(compareVersions(left, right))).toBe(sign)
  })

  it('uses the old API on old hosts', () => {
    const getSystemInfoSync = () => ({ SDKVersion: '2.9.5', platform: 'devtools' })
    useWx({ getAppBaseInfo: undefined, getDeviceInfo: undefined, getSystemInfoSync })
    expect(getBaseLibraryVersion()).toBe('2.9.5')
    expect(isBaseLibraryAtLeast('2.10.4')).toBe(false)
    expect(isDevTools()).toBe(true)
  })

  it('treats a host without a version as the oldest', () => {
    useWx({ getAppBaseInfo: () => ({}) })
    expect(isBaseLibraryAtLeast('1.0.0')).toBe(false)
  })

  it('detects an API by its presence', () => {
    useWx({ getUserProfile: undefined })
    expect(hasApi('getUserProfile')).toBe(false)
    expect(hasApi('showToast')).toBe(true)
  })
})

describe('font scale', () => {
  it.each([
    [{ fontSizeScaleFactor: 1.3 }, 1.3],
    [{ fontSizeScaleFactor: 9 }, 1.6],
    [{ fontSizeScaleFactor: 0.8 }, 1],
    [{}, 1],
  ])('of %j is %d', (answer, scale) => {
    useWx({ getAppBaseInfo: () => answer })
    expect(getFontScale()).toBe(scale)
  })

  it('is 1 if the host can not be asked', () => {
    useWx({ getAppBaseInfo: undefined })
    expect(getFontScale()).toBe(1)
  })
})
