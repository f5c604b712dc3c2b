/** URLs of pages: the target page, and the query that its onLoad receives. */
import {
  formatPageUrl,
  formatRootUrl,
  parsePageUrl,
} from '../../../../scripts/preview/client/engine/page-url'

it.each([
  ['an absolute one', '/pages/b/b', 'pages/b/b'],
  ['one beside the present page', 'c', 'pages/a/c'],
  ['one from the folder above', '../b/b?x=1', 'pages/b/b'],
])('%s', (_name, url, path) => {
  expect(parsePageUrl(url, 'pages/a/a').path).toBe(path)
})

it.each([
  ['is not decoded', 'name=%E5%B0%8F&rate=5%25', { name: '%E5%B0%8F', rate: '5%25' }],
  ['stays as it is written', 'name=小&sum=1+1', { name: '小', sum: '1+1' }],
  ['ends at a second =', 'code=3==q', { code: '3' }],
  ['ends at a second ?', 'url=https://a.cn/s?b=1', { url: 'https://a.cn/s' }],
  ['is empty without =', 'color&price=30', { color: '', price: '30' }],
])('the value of a query %s', (_name, search, query) => {
  expect(parsePageUrl(`/a/a?${search}`, undefined)).toEqual({ path: 'a/a', query })
})

it('a URL is kept as written', () => {
  const address = { path: 'a/a', query: { name: '%E5%B0%8F', 中: '1' } }
  expect(parsePageUrl(`/${formatPageUrl(address)}`, undefined)).toEqual(address)
})

it('the values that glass-easel decodes for properties are valid', () => {
  const query = { name: '%E5%B0%8F', rate: '5%', part: 'a%23b' }
  const [, search = ''] = formatRootUrl({ path: 'a/a', query }).split('?')
  expect(search).toBe('name=%E5%B0%8F&rate=5%25&part=a%23b')
})
