import config from './jest.config.mjs'

/** `npm run test:fuzz`: 100,000 requests instead of a few thousand. */
process.env['FUZZ_REQUESTS'] ??= '100000'

const { rootDir } = config.projects[0]

export default {
  ...config.projects[0],
  testMatch: [`${rootDir}/test/security/fuzz.test.ts`],
}
