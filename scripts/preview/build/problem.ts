/**
 * A problem in the mini-program's sources: one type for every compiler of the preview, so that
 * page, terminal and tests show file, line and column alike.
 */

/** An error in a source file. Lines and columns count from 1; 0 means "the whole file". */
export interface Problem {
  severity: 'error' | 'warning'
  /** Path relative to the mini-program's folder, with forward slashes. */
  file: string
  line: number
  column: number
  message: string
}

/** Creates an error; without `line` and `column` it concerns the whole file. */
export function createProblem(file: string, message: string, line = 0, column = 0): Problem {
  return { severity: 'error', file, line, column, message }
}

/**
 * `pages/index/index.wxml:3:5 missing end tag`, a format that terminals and editors make clickable.
 */
export function formatProblem(problem: Problem): string {
  const place = problem.line > 0 ? `:${problem.line}:${problem.column}` : ''
  return `${problem.file}${place} ${problem.message}`
}
