import { join } from 'node:path'

/** Three projects: what runs in Node, what needs a DOM, and what needs a real browser. */
const rootDir = join(import.meta.dirname, '..')

const base = {
  rootDir,
  transform: { '\\.(ts|mjs)$': join(import.meta.dirname, 'jest-transform.cjs') },
  moduleFileExtensions: ['js', 'ts', 'json'],
  modulePathIgnorePatterns: ['dist', 'data', '.cache', 'scripts/wechat-ci/node_modules'].map(
    (folder) => `<rootDir>/${folder}/`,
  ),
  restoreMocks: true,
}

const nodeTests = ['auth', 'server', 'scripts', 'suites']

export default {
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
  ],
}
