/**
 * The tests of the code that Stryker mutates. Excluded: package.test.ts, which measures the sources
 * themselves, and interleavings.test.ts, whose search for a minimal failing case exceeds any
 * timeout.
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
