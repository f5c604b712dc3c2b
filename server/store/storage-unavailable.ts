/** The error of every store that can't be used at the moment. */
import { ApiError } from '../errors'

/** @param cause for the log only. */
export function storageUnavailable(cause: unknown): ApiError {
  return new ApiError('STORAGE_UNAVAILABLE', 'The database can not be used at the moment.', {
    retryAfterSeconds: 2,
    cause,
  })
}
