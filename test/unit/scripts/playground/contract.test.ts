/** The playground's BFF keeps the contract, bundled as the page has it and with nothing of Node. */
import { describeContract } from '../../../support/contract/suites'
import { startPlayground } from './host'

describeContract(startPlayground)
