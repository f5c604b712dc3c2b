/** Mutation testing of the code that must not fail: `npm run mutation`. */
export default {
  mutate: ['server/sessions/*.ts', 'miniprogram/auth/*.ts', '!miniprogram/auth/types.ts'],
  testRunner: 'jest',
  jest: { projectType: 'custom', configFile: '.config/jest-mutation.config.mjs' },
  coverageAnalysis: 'perTest',
  concurrency: 2,
  timeoutMS: 10_000,
  incremental: true,
  incrementalFile: '.cache/stryker/incremental.json',
  tempDirName: '.cache/stryker/tmp',
  // Files that these tests don't need, because Stryker checks each copied file for each mutant.
  ignorePatterns: [
    '.cache',
    'dist',
    'data',
    'docs',
    'scripts',
    'miniprogram/{pages,components,images,services}',
    'test/{artifacts,browser,docs,faults,integration,unit/scripts}',
  ],
  // esbuild only strips the types.
  disableTypeChecks: false,
  reporters: ['progress-append-only', 'clear-text', 'json'],
  jsonReporter: { fileName: '.cache/stryker/report.json' },
  allowConsoleColors: false,
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  thresholds: { high: 95, low: 90, break: 85 },
}
