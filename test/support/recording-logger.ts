/** Records every log line of the server, to check what it contains. */
import type { LogFields, Logger } from '../../server/logger'

export function recordingLogger(): Logger & { lines: (LogFields & { msg: string })[] } {
  const lines: (LogFields & { msg: string })[] = []
  const write = (fields: LogFields, msg: string) => void lines.push({ ...fields, msg })
  return { lines, info: write, warn: write, error: write, fatal: write }
}
