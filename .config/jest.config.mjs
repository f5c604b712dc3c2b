import { availableParallelism } from 'node:os'
import { join } from 'node:path'

/**
 * One config with one project per kind of test. `npm test` runs the projects that need only Node,
 * plus one browser walk; `npm run test:all` runs all others, in this order.
 */
const here = import.meta.dirname
const rootDir = join(here, '..')

/** Packages that contain only ES modules, which jest can't load without a transform. */
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
  // jest's default of 5 s fails tests that take 6 s on a busy machine; a hanging test is still
  // caught.
  testTimeout: 60_000,
  // One worker more than there are cores, because many tests wait for a process or a timeout.
  maxWorkers: availableParallelism() + 1,
  // Shutting down a worker takes longer than jest's default of 0.5 s on a busy machine, because it
  // frees its memory first.
  workerGracefulExitTimeout: 5000,
  testSequencer: join(here, 'jest-sequencer.cjs'),
  reporters: ['default', join(here, 'jest-reporter.cjs')],
  projects: [
    project('walk', ['browser/walk.test.ts']),
    // main.test.ts files start a command as a process and rate.test.ts measures speed: both belong
    // to `commands`.
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
