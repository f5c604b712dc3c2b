import config from './jest.config.mjs'

/**
 * `npm run test:upload`: the real miniprogram-ci (276 MB, installed on first use) against a stand-in
 * for WeChat's upload host. Apart from `npm test`, which must not wait for it.
 */
const [node] = config.projects

export default {
  rootDir: node.rootDir,
  projects: [{ ...node, displayName: 'upload', testMatch: ['<rootDir>/test/upload/**/*.test.ts'] }],
  maxWorkers: 1,
}
