/**
 * The tests of the code that Stryker mutates. package.test.ts is left out because it measures the
 * sources, and interleavings.test.ts because it exceeds every timeout when it shrinks a failing case.
 */
import { join } from 'node:path'
import config from './jest.config.mjs'

export default {
  ...config.projects.find(({ displayName }) => displayName === 'unit'),
  testSequencer: join(import.meta.dirname, 'jest-shortest-first.cjs'),
  testMatch: [
    '<rootDir>/test/unit/miniprogram/auth/!(package|interleavings).test.ts',
    '<rootDir>/test/unit/server/sessions/{session-rules,token-rules,token-memory}.test.ts',
  ],
}
