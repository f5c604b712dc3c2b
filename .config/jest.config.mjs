import { join } from 'node:path'

/** Four projects: what runs in Node, what needs a DOM, what needs a real browser, and what breaks things. */
const rootDir = join(import.meta.dirname, '..')

/** Packages that hold ES modules alone, which jest can't load as they are. */
const ESM_ONLY = '(marked|github-slugger)/'

const base = {
  rootDir,
  transform: {
    [`\\.(ts|mjs)$|${ESM_ONLY}`]: join(import.meta.dirname, 'jest-transform.cjs'),
  },
  transformIgnorePatterns: [`/node_modules/(?!${ESM_ONLY})`],
  moduleFileExtensions: ['js', 'ts', 'json'],
  modulePathIgnorePatterns: ['dist', 'data', '.cache', 'scripts/[^/]+/node_modules'].map(
    (folder) => `<rootDir>/${folder}/`,
  ),
  restoreMocks: true,
}

const nodeTests = ['auth', 'server', 'security', 'scripts', 'suites', 'docs']

export default {
  // Five seconds fail what a busy machine does in six; what hangs is still found.
  testTimeout: 30_000,
  projects: [
    {
      ...base,
      displayName: 'node',
      testEnvironment: 'node',
      testMatch: nodeTests.map((folder) => `<rootDir>/test/${folder}/**/*.test.ts`),
    },
    {
      ...base,
      displayName: 'components',
      testEnvironment: 'jsdom',
      testEnvironmentOptions: { url: 'https://jest.test' },
      testMatch: ['<rootDir>/test/components/**/*.test.ts', '<rootDir>/test/pages/**/*.test.ts'],
    },
    {
      ...base,
      displayName: 'e2e',
      testEnvironment: 'node',
      testMatch: ['<rootDir>/test/e2e/**/*.test.ts'],
    },
    {
      ...base,
      displayName: 'faults',
      testEnvironment: 'node',
      testMatch: ['<rootDir>/test/faults/**/*.test.ts'],
    },
  ],
}
