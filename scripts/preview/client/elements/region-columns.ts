/**
 * Provinces, cities and districts, as the columns of `<picker mode="region">`.
 * https://developers.weixin.qq.com/miniprogram/dev/component/picker.html
 */
import { areaList } from '@vant/area-data'

interface Region {
  /** Two digits each for province, city and district; '' for the `custom-item`. */
  code: string
  name: string
}

/** The columns and the chosen index of each. */
export interface RegionColumns {
  regions: Region[][]
  chosen: number[]
}

/** The number of columns, and the `custom-item` at the top of each. */
export interface RegionOptions {
  depth: number
  /** '' when there is none. */
  customItem: string
}

const all: Region[] = Object.values(areaList).flatMap((names) =>
  Object.entries(names).map(([code, name]) => ({ code, name })),
)

const depthOf = (code: string): number => {
  if (code.endsWith('0000')) return 1
  return code.endsWith('00') ? 2 : 3
}

function regionsBelow(parent: string, depth: number): Region[] {
  // A `custom-item` has no sub-regions.
  if (depth > 1 && parent === '') return []
  const prefix = parent.slice(0, 2 * (depth - 1))
  return all.filter(({ code }) => code.startsWith(prefix) && depthOf(code) === depth)
}

function fill(
  { depth, customItem }: RegionOptions,
  choose: (column: Region[], position: number) => number,
): RegionColumns {
  const regions: Region[][] = []
  const chosen: number[] = []
  let parent = ''
  for (let position = 0; position < depth; position += 1) {
    const custom = customItem === '' ? [] : [{ code: '', name: customItem }]
    const column = [...custom, ...regionsBelow(parent, position + 1)]
    const index = Math.max(choose(column, position), 0)
    regions.push(column)
    chosen.push(index)
    parent = column[index]?.code ?? ''
  }
  return { regions, chosen }
}

/** The columns for the names in `value`; an unknown name selects the first item. */
export function findRegions(options: RegionOptions, names: readonly unknown[]): RegionColumns {
  return fill(options, (column, position) =>
    column.findIndex(({ name }) => name === names[position]),
  )
}

/** The columns after one was turned; those to its right start again at their first item. */
export function turnRegion(
  options: RegionOptions,
  { chosen }: RegionColumns,
  turned: number,
  index: number,
): RegionColumns {
  const kept = [...chosen.slice(0, turned), index]
  return fill(options, (_column, position) => kept[position] ?? 0)
}

/** The detail of `change`. WeChat adds the postcode, which our table lacks. */
export function describeRegions({ regions, chosen }: RegionColumns): {
  value: string[]
  code: string[]
} {
  const picked = regions.flatMap((column, position) => column[chosen[position] ?? 0] ?? [])
  const code = picked.map((region) => region.code).filter((text) => text !== '')
  return { value: picked.map(({ name }) => name), code }
}
