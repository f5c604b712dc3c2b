/** Provinces, cities and districts as columns. */
import {
  describeRegions,
  findRegions,
  turnRegion,
} from '../../../../scripts/preview/client/elements/region-columns'

const options = { depth: 3, customItem: '' }

it('starts at the names of the value, with their codes', () => {
  const columns = findRegions(options, ['广东省', '广州市', '海珠区'])
  expect(columns.regions.map((column) => column.length)).toEqual([34, 21, 11])
  expect(describeRegions(columns)).toEqual({
    value: ['广东省', '广州市', '海珠区'],
    code: ['440000', '440100', '440105'],
  })
})

it('starts at the first item if a name is unknown', () => {
  const { value } = describeRegions(findRegions(options, ['亚特兰蒂斯']))
  expect(value).toEqual(['北京市', '北京市', '东城区'])
})

it('turning a column resets those to its right', () => {
  const first = findRegions(options, ['广东省', '深圳市', '南山区'])
  const turned = turnRegion(options, first, 1, 0)
  expect(describeRegions(turned).value).toEqual(['广东省', '广州市', '荔湾区'])
})

it('a level limits the columns', () => {
  const { value } = describeRegions(findRegions({ ...options, depth: 2 }, ['浙江省']))
  expect(value).toEqual(['浙江省', '杭州市'])
})

it('the custom item has no regions below it', () => {
  const all = findRegions({ depth: 3, customItem: '全部' }, [])
  expect(all.regions.map((column) => column.length)).toEqual([35, 1, 1])
  expect(describeRegions(all)).toEqual({ value: ['全部', '全部', '全部'], code: [] })
})
