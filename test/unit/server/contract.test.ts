/** The BFF over real HTTP keeps the contract; scripts/playground is held by the same suites. */
import { startTestBff } from '../../support/bff'
import { describeContract } from '../../support/contract/suites'

describeContract(() => startTestBff())
