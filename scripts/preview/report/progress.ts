/**
 * Shows the progress of the report on stderr, because stdout carries only the table: a bar on a
 * terminal, else one line per page.
 */

interface Screen {
  write(text: string): unknown
  isTTY?: boolean
}

const WIDTH = 24
const CLEAR_LINE = '\r\u001b[K'

/** Counts pages; `total` is how many there are. */
export function createProgress(total: number, screen: Screen = process.stderr) {
  const isTty = screen.isTTY === true
  let done = 0
  let failed = 0
  return {
    /** One page is done; `error` is null when it opened. */
    add(page: string, error: string | null): void {
      done += 1
      if (error !== null) failed += 1
      if (!isTty) {
        screen.write(`${done}/${total} ${page}${error === null ? '' : `  FAILED ${error}`}\n`)
        return
      }
      const filled = Math.round((WIDTH * done) / total)
      const bar = '█'.repeat(filled) + '░'.repeat(WIDTH - filled)
      screen.write(`${CLEAR_LINE}${bar} ${done}/${total}, ${failed} failed`)
      if (done === total) screen.write('\n')
    },
  }
}
