/**
 * Shows miniprogram-ci's task events as progress: one updating line, or a few lines without a
 * terminal.
 */

export interface Task {
  id: string
  message: string
  status: 'doing' | 'done' | 'fail' | 'warn' | 'info'
}

export interface Progress {
  onTask(task: Task): void
  /** Ends the current line, if any. */
  end(): void
}

interface Screen {
  write(text: string): unknown
  isTTY?: boolean
  columns?: number
}

const EVERY_MS = 2000
const DEFAULT_COLUMNS = 80
const CLEAR_LINE = '\r\u001b[K'

/** @param what is in progress: `compiling`, `uploading` … */
export function createProgress(
  what: string,
  screen: Screen = process.stdout,
  now: () => number = Date.now,
): Progress {
  const isTty = screen.isTTY === true
  const startedAtMs = now()
  let done = 0
  let shownAtMs = startedAtMs
  let isOpen = false

  const line = (message: string): string => {
    const seconds = Math.round((now() - startedAtMs) / 1000)
    return `… ${what}, ${seconds} s, ${done} tasks done: ${message.replaceAll('\n', ' ')}`
  }
  const rewrite = (message: string): void => {
    screen.write(CLEAR_LINE + line(message).slice(0, (screen.columns ?? DEFAULT_COLUMNS) - 1))
    isOpen = true
  }
  const close = (): void => {
    if (isOpen) screen.write(CLEAR_LINE)
    isOpen = false
  }

  return {
    onTask({ message, status }) {
      if (status === 'done') done += 1
      if (status === 'fail') {
        close()
        screen.write(`FAIL  ${message}\n`)
      } else if (isTty) {
        rewrite(message)
      } else if (now() - shownAtMs >= EVERY_MS) {
        shownAtMs = now()
        screen.write(`  ${line(message)}\n`)
      }
    },
    end: close,
  }
}
