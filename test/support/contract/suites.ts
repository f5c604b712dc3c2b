/** The HTTP contract as tests, for each service that implements its routes. */
import { describeAccount } from './account-suite'
import { describeAnswers } from './answers-suite'
import { describeAvatar } from './avatar-suite'
import type { StartHost } from './host'
import { describeLogin } from './login-suite'
import { describeProfile } from './profile-suite'
import { describeSessions } from './sessions-suite'

/** Runs all suites on the service that `start` creates. */
export function describeContract(start: StartHost): void {
  for (const describeSuite of [
    describeLogin,
    describeProfile,
    describeAccount,
    describeSessions,
    describeAvatar,
    describeAnswers,
  ]) {
    describeSuite(start)
  }
}
