import { join } from 'node:path'

/**
 * One config, one project a kind of test. `npm test` runs those that need nothing but Node (and a
 * browser for one walk), `npm run test:all` runs all of them.
 */
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
  modulePathIgnorePatterns: ['dist', 'data', '.cache', 'scripts/.*/node_modules'].map(
    (folder) => `<rootDir>/${folder}/`,
  ),
  restoreMocks: true,
}

const project = (name, testMatch, options = {}) => ({
  ...base,
  displayName: name,
  testEnvironment: 'node',
  testMatch: testMatch.map((pattern) => `<rootDir>/test/${pattern}`),
  ...options,
})

const dom = { testEnvironment: 'jsdom', testEnvironmentOptions: { url: 'https://jest.test' } }

export default {
  // Five seconds fail what a busy machine does in six; what hangs is still found.
  testTimeout: 30_000,
  projects: [
    project('unit', ['unit/{server,scripts,miniprogram/auth}/**/*.test.ts']),
    project('components', ['unit/miniprogram/{components,pages,services}/**/*.test.ts'], dom),
    project('security', ['security/**/*.test.ts']),
    project('integration', ['integration/*.test.ts']),
    project('browser', ['browser/**/*.test.ts']),
    project('docs', ['docs/**/*.test.ts']),
    project('faults', ['faults/**/*.test.ts']),
    project('upload', ['integration/upload/**/*.test.ts']),
  ],
}
