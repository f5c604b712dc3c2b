/** The playground's BFF passes the contract tests, in the page's bundle and without Node. */
import { describeContract } from '../../../support/contract/suites'
import { startPlayground } from './host'

describeContract(startPlayground)
