/** The figures as a table for the terminal and as docs/performance-client.md. */
import type { Result, Row } from './run'

const micro = (value: number): string => `${value.toFixed(1)} µs`
const bytes = (value: number): string => value.toLocaleString('en-US')

type Column = readonly [title: string, cell: (row: Row, all: readonly Row[]) => string]

/** How many times the CPU of auth/ it takes. */
function ratio({ cpuPerRequest }: Row, all: readonly Row[]): string {
  const own = all.find(({ name }) => name === 'auth/')
  return own === undefined ? '–' : `× ${(cpuPerRequest / own.cpuPerRequest).toFixed(2)}`
}

const columns: readonly Column[] = [
  ['minified, bytes', (row) => (row.name === 'wx.request' ? '–' : bytes(row.minifiedBytes))],
  ['gzipped', (row) => (row.name === 'wx.request' ? '–' : bytes(row.gzippedBytes))],
  ['CPU per request', ({ cpuPerRequest }) => micro(cpuPerRequest)],
  ['of that of auth/', ratio],
  ['beyond wx.request', (row) => (row.name === 'wx.request' ? '–' : micro(row.overhead))],
  ['load', ({ loadMicroseconds }) => micro(loadMicroseconds)],
  ['50 × 401: answered', ({ burst }) => `${burst.answered} of 50`],
  ['wx.login', ({ burst }) => String(burst.logins)],
  ['requests sent', ({ burst }) => String(burst.sent)],
]

function cells(rows: readonly Row[]): string[][] {
  const header = ['', ...columns.map(([title]) => title)]
  return [header, ...rows.map((row) => [row.name, ...columns.map(([, cell]) => cell(row, rows))])]
}

/** The table, padded for a terminal. */
export function toTable({ rows }: Result): string {
  const table = cells(rows)
  const widths = table[0]?.map((_, at) => Math.max(...table.map((line) => line[at]?.length ?? 0)))
  const pad = (line: string[]): string =>
    line.map((cell, at) => cell.padEnd(widths?.[at] ?? 0)).join('  ')
  return table.map(pad).join('\n')
}

function toMarkdownTable(rows: readonly Row[]): string {
  const [header = [], ...lines] = cells(rows)
  const rule = header.map((_, at) => (at === 0 ? '---' : '--:'))
  return [header, rule, ...lines].map((line) => `| ${line.join(' | ')} |`).join('\n')
}

/** The sentences about the first screen and the package. */
export function toFacts({ rows, wordless, package: whole }: Result): string[] {
  const own = rows.find(({ name }) => name === 'auth/')
  if (own === undefined) return []
  const { files, bytes: total, scriptBytes } = whole
  const { callsToLoad, requestsCached, requestsFirst, loginsFirst } = own.start
  return [
    `auth/ without the sentences of userMessage and developerHint: ${bytes(wordless.minifiedBytes)} bytes minified, ${bytes(wordless.gzippedBytes)} gzipped.`,
    `Loading auth/ and createAuth() call wx ${callsToLoad} times.`,
    `A returning visit has its session after ${requestsCached} requests; the first visit ever after ${loginsFirst} wx.login and ${requestsFirst} request.`,
    `The package of the whole mini-program: ${files} files, ${bytes(total)} bytes, of them scripts ${bytes(scriptBytes)}.`,
  ]
}

/** The page of the documentation. */
export function toPage(result: Result): string {
  const { machine, node, date, commit, plan, rows } = result
  return `# The login library beside other request libraries

Made by \`npm run bench:client\`; remake it rather than edit it. ${machine}, Node ${node}, ${date}, auth/ as of commit ${commit}.
Medians of ${plan.rounds} rounds run in turn, ${bytes(plan.requests)} requests of each in a round, on the fake \`wx\` of the tests, which answers at once.

${toMarkdownTable(rows)}

${toFacts(result)
  .map((fact) => `- ${fact}`)
  .join('\n')}

## How to read it

- The others are request libraries and know nothing of a login. Each is used as its users write: on a 401 one \`wx.login\`, one \`POST /v1/login\`, and the request again. These lines are not part of their sizes. \`auth/\` holds the login, the session, the profile, the phone number, time limits and retries.
- "beyond wx.request" is CPU. A real request takes tens of milliseconds on the network, so that no user notices any of these.
- WeChat runs ten requests at once and refuses the rest. \`auth/\` queues them; the others hand the refusal on, so that most of 50 parallel requests fail before the server sees them.
- "load" is the CPU to compile and run the code once; the line of wx.request shows what loading nothing costs.
`
}
