/** The report as Markdown: one line about the program, then the first error of each page, grouped. */
import type { ProgramFacts } from './program-facts'

/** How one page opened. */
export interface PageResult {
  page: string
  /** The first error, in one line; null when the page opened without any. */
  error: string | null
  /** Lines that the mini-program itself wrote with `console.error`. */
  ownErrors: number
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;')

const percent = (part: number, whole: number): string =>
  whole === 0 ? '' : ` (${Math.round((100 * part) / whole)}%)`

function groupByError(results: readonly PageResult[]): [string, string[]][] {
  const groups = new Map<string, string[]>()
  for (const { page, error } of results) {
    if (error !== null) groups.set(error, [...(groups.get(error) ?? []), page])
  }
  return [...groups].sort(([, a], [, b]) => b.length - a.length)
}

/** Writes the tables; `date` is the day of the run, `YYYY-MM-DD`. */
export function toMarkdown(
  { name, commit }: ProgramFacts,
  date: string,
  results: readonly PageResult[],
): string {
  const opened = results.filter(({ error }) => error === null).length
  const noisy = results.filter(({ ownErrors }) => ownErrors > 0).length
  const origin = commit === null ? '—' : `${commit.hash}（${commit.date}）`
  const counts = `${results.length} | ${opened}${percent(opened, results.length)} | ${noisy}`
  const head = [
    '| 小程序 | 提交 | 试验日期 | 页面 | 打开时没有错误 | 自己写了 console.error |',
    '| --- | --- | --- | ---: | ---: | ---: |',
    `| ${cell(name)} | ${origin} | ${date} | ${counts} |`,
  ]
  const groups = groupByError(results)
  if (groups.length === 0) return `${head.join('\n')}\n`
  const rows = groups.map(
    ([error, pages]) => `| ${cell(error)} | ${pages.length} | ${pages.map(cell).join('<br>')} |`,
  )
  const table = ['| 第一个错误 | 页数 | 页面 |', '| --- | ---: | --- |', ...rows]
  return `${head.join('\n')}\n\n${table.join('\n')}\n`
}
