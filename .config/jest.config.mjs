import { availableParallelism } from 'node:os'
import { join } from 'node:path'

/**
 * One config; a project is a kind of test. `npm test` runs those that need nothing but Node, and a
 * browser for one walk; `npm run test:all` runs all the others, in this order.
 */
const here = import.meta.dirname
const rootDir = join(here, '..')

/** Packages that hold ES modules alone, which jest can't load as they are. */
const ESM_ONLY = '(marked|github-slugger|@clack|sisteransi|fast-(string|wrap)-[a-z-]+)/'

const base = {
  rootDir,
  transform: { [`\\.(ts|mjs)$|${ESM_ONLY}`]: join(here, 'jest-transform.cjs') },
  transformIgnorePatterns: [`/node_modules/(?!${ESM_ONLY})`],
  moduleFileExtensions: ['js', 'ts', 'json'],
  modulePathIgnorePatterns: [
    'dist',
    'data',
    '.cache',
    'scripts/.*/node_modules',
    'test/support/.*/node_modules',
    'test/frameworks/.*/(node_modules|dist)',
  ].map((folder) => `<rootDir>/${folder}/`),
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
const built = { globalSetup: join(here, 'build-for-tests.mjs') }

export default {
  rootDir,
  // jest's own 5 s fail what a busy machine does in six; a test that hangs is still found.
  testTimeout: 60_000,
  // One more than there are cores: many tests wait for a process or for a time limit to pass.
  maxWorkers: availableParallelism() + 1,
  // A worker frees its memory when it ends, which takes more than jest's own 0.5 s on a busy machine.
  workerGracefulExitTimeout: 5000,
  testSequencer: join(here, 'jest-sequencer.cjs'),
  reporters: ['default', join(here, 'jest-reporter.cjs')],
  projects: [
    project('walk', ['browser/walk.test.ts']),
    // A main.test.ts runs a command as a process, rate.test.ts measures speed: both are in `commands`.
    project('unit', ['unit/{server,scripts,miniprogram/auth}/**/!(main|rate).test.ts']),
    project('components', ['unit/miniprogram/{components,pages,services}/**/*.test.ts'], dom),

    project('security', ['security/**/*.test.ts'], built),
    project('commands', ['commands/**/*.test.ts', 'unit/scripts/**/{main,rate}.test.ts'], built),
    project('integration', ['integration/*.test.ts'], built),
    project('browser', ['browser/**/!(walk).test.ts'], built),
    project('docs', ['docs/**/*.test.ts'], built),
    project('faults', ['faults/**/*.test.ts'], built),
    project('cluster', ['cluster/**/*.test.ts'], built),
    project('upload', ['integration/upload/**/*.test.ts']),
    project('frameworks', ['frameworks/*.test.ts'], built),
  ],
}
