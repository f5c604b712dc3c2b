/** The BFF over real HTTP meets the contract; scripts/playground passes the same suites. */
import { startTestBff } from '../../support/bff'
import { describeContract } from '../../support/contract/suites'

describeContract(() => startTestBff())
