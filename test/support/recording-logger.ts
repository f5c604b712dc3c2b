/** Every line that the server logged, to prove what is in it and what is not. */
import type { LogFields, Logger } from '../../server/logger'

export function recordingLogger(): Logger & { lines: (LogFields & { msg: string })[] } {
  const lines: (LogFields & { msg: string })[] = []
  const write = (fields: LogFields, msg: string) => void lines.push({ ...fields, msg })
  return { lines, info: write, warn: write, error: write, fatal: write }
}
