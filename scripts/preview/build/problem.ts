/**
 * What can be wrong with the mini-program's sources: one record for every compiler of the preview, so
 * that the page, the terminal and the tests show file, line and column alike.
 */

/** A fault in a source file. Lines and columns count from 1; 0 means "the whole file". */
export interface Problem {
  severity: 'error' | 'warning'
  /** Path below the mini-program's folder, with forward slashes. */
  file: string
  line: number
  column: number
  message: string
}

/** Makes an error record; `line` and `column` default to the whole file. */
export function createProblem(file: string, message: string, line = 0, column = 0): Problem {
  return { severity: 'error', file, line, column, message }
}

/** `pages/index/index.wxml:3:5 missing end tag`, the form that terminals and editors make clickable. */
export function formatProblem(problem: Problem): string {
  const place = problem.line > 0 ? `:${problem.line}:${problem.column}` : ''
  return `${problem.file}${place} ${problem.message}`
}
