import config from './jest.config.mjs'

/** `npm run test:faults`: the faults in full, one after the other, so that each has the machine. */
process.env['FAULTS'] ??= 'full'

export default {
  rootDir: config.projects[0].rootDir,
  projects: config.projects.filter(({ displayName }) => displayName === 'faults'),
  maxWorkers: 1,
}
