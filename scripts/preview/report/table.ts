/**
 * The report as Markdown: one line about the mini-program, then the first error of each page,
 * grouped.
 */
import type { ProgramFacts } from './program-facts'

/** The result of one page. */
export interface PageResult {
  page: string
  /** The first error, in one line; null when there was none. */
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

/** What the tables are made of; `date` is the day of the run, `YYYY-MM-DD`. */
interface Content {
  facts: ProgramFacts
  date: string
  pages: readonly PageResult[]
  startFaults: readonly string[]
}

function writeStartFaults(faults: readonly string[]): string {
  const texts = faults.map((text) => `\`${text.replaceAll('`', "'")}\``)
  return faults.length === 0 ? '' : `\n每次启动都没人处理的错误，不计入页面：${texts.join('、')}\n`
}

/** Writes the tables. */
export function toMarkdown({ facts, date, pages: results, startFaults }: Content): string {
  const { name, commit } = facts
  const opened = results.filter(({ error }) => error === null).length
  const noisy = results.filter(({ ownErrors }) => ownErrors > 0).length
  const origin = commit === null ? '—' : `${commit.hash}（${commit.date}）`
  const counts = `${results.length} | ${opened}${percent(opened, results.length)} | ${noisy}`
  const head = [
    '| 小程序 | 提交 | 试验日期 | 页面 | 打开时没有错误 | 自己写了 console.error |',
    '| --- | --- | --- | ---: | ---: | ---: |',
    `| ${cell(name)} | ${origin} | ${date} | ${counts} |`,
  ]
  const top = `${head.join('\n')}\n${writeStartFaults(startFaults)}`
  const groups = groupByError(results)
  if (groups.length === 0) return top
  const rows = groups.map(
    ([error, pages]) => `| ${cell(error)} | ${pages.length} | ${pages.map(cell).join('<br>')} |`,
  )
  const table = ['| 第一个错误 | 页数 | 页面 |', '| --- | ---: | --- |', ...rows]
  return `${top}\n${table.join('\n')}\n`
}
