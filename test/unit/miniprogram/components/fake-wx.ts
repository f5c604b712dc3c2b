/**
 * The parts of `wx` that pages and components call, with the answers of a current phone that is
 * online.
 */

interface Callbacks<T> {
  success?: (answer: T) => void
}

const succeed =
  <T>(answer: T) =>
  ({ success }: Callbacks<T> = {}) =>
    success?.(answer)

/** Every recorded API is a jest mock, so that a test can read its calls. */
export function createFakeWx(overrides: object = {}): object {
  return {
    getAppBaseInfo: () => ({ SDKVersion: '3.15.1', fontSizeScaleFactor: 1 }),
    getDeviceInfo: () => ({ platform: 'ios' }),
    getAccountInfoSync: () => ({ miniProgram: { envVersion: 'develop' } }),
    getNetworkType: succeed({ networkType: 'wifi' }),
    onNetworkStatusChange: jest.fn(),
    offNetworkStatusChange: jest.fn(),
    getPrivacySetting: succeed({ needAuthorization: false, privacyContractName: '' }),
    onNeedPrivacyAuthorization: jest.fn(),
    openPrivacyContract: jest.fn(succeed({})),
    showToast: jest.fn(() => Promise.resolve()),
    stopPullDownRefresh: jest.fn(() => Promise.resolve()),
    setClipboardData: jest.fn(succeed({})),
    ...overrides,
  }
}
