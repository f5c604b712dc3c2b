/**
 * A bar chart of throughput relative to the baseline, as SVG that is readable on light and dark
 * pages.
 */
import { floorOf, shareOf } from './results'
import type { Measured } from './results'
import { OURS } from './targets'

const WIDTH = 720
const LABEL_WIDTH = 230
const BAR_HEIGHT = 18
const ROW = 26
const TITLE = 34
const VALUE_WIDTH = 60

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

function bar(measured: Measured, name: string, y: number): string {
  const share = shareOf(measured, name)
  const width = Math.round(Math.min(share, 1) * (WIDTH - LABEL_WIDTH - VALUE_WIDTH))
  const kind = name === OURS ? 'ours' : name === floorOf(measured) ? 'floor' : 'peer'
  const middle = y + BAR_HEIGHT / 2 + 5
  return [
    `<text x="${LABEL_WIDTH - 10}" y="${middle}" text-anchor="end">${escape(name)}</text>`,
    `<rect class="${kind}" x="${LABEL_WIDTH}" y="${y}" width="${width}" height="${BAR_HEIGHT}" rx="3"/>`,
    `<text x="${LABEL_WIDTH + width + 8}" y="${middle}">${share.toFixed(2)}</text>`,
  ].join('\n')
}

function group(measured: Measured, top: number): string {
  const bars = measured.rows.map(({ name }, index) =>
    bar(measured, name, top + TITLE + index * ROW),
  )
  const title = `<text class="title" x="0" y="${top + 20}">${escape(measured.scenario.title)}</text>`
  return [title, ...bars].join('\n')
}

export function toSvg(all: Measured[]): string {
  let top = 0
  const groups = all.map((measured) => {
    const text = group(measured, top)
    top += TITLE + measured.rows.length * ROW + 16
    return text
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top}" role="img" aria-label="Throughput as a share of bare node:http">
<style>
text { font: 13px system-ui, sans-serif; fill: #57606a }
.title { font-weight: 600 }
.ours { fill: #07c160 }
.floor { fill: #8c959f }
.peer { fill: #b6c2cf }
@media (prefers-color-scheme: dark) {
  text { fill: #c9d1d9 }
  .peer { fill: #57606a }
}
</style>
${groups.join('\n')}
</svg>
`
}
