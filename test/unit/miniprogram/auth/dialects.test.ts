/**
 * Runs the suites again on other backends and over the cloud transports. Their expectations use our
 * BFF's format; fake-wx-dialects.ts translates.
 */
import { callContainer, callFunction } from '../../../../miniprogram/auth/cloud'
import { dialects } from '../../../support/fake-wx-dialects'
import { randomRuns } from '../../../support/random-runs'
import type * as Kit from './kit'

const { ours, ofRuoyi, ofLitemall, ofNest, ofQueryToken } = dialects
const container = () => callContainer({ env: 'prod-1', service: 'bff' })
const cloudFunction = () => callFunction({ env: 'prod-1', name: 'bff' })

/** Fewer than on our own backend, to save time. */
const numRuns = randomRuns(12)

const settings: [string, Kit.Setting][] = [
  ['ruoyi', { dialect: ofRuoyi, numRuns }],
  ['litemall', { dialect: ofLitemall, numRuns }],
  ['nest', { dialect: ofNest, numRuns }],
  ['a token in the query', { dialect: ofQueryToken, numRuns }],
  ['callContainer', { dialect: ours, carry: container, numRuns }],
  ['callFunction', { dialect: ours, carry: cloudFunction, numRuns }],
]

const suites = ['interleavings', 'recovery', 'retry', 'sealed', 'foreign-401']

describe.each(settings)('over %s', (_name, setting) => {
  // A separate module registry: the suites register their tests again, with their own kit.
  jest.isolateModules(() => {
    const kit = jest.requireActual<typeof Kit>('./kit')
    kit.useSetting(setting)
    suites.forEach((suite) => jest.requireActual(`./${suite}.test`))
  })
})
