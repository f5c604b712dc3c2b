/**
 * The URL written by the preview's controls.
 * @jest-environment jsdom
 */
import { changeSetting } from '../../../../scripts/preview/client/settings'

it.each([
  ['?page=pages/a/a&name=a%20b~,:', '?page=pages/a/a&name=a%20b~,:&user=%E5%B0%8F%20%E6%98%8E'],
  ['?user=bob&page=pages/a/a?id=1+1', '?page=pages/a/a?id=1+1&user=%E5%B0%8F%20%E6%98%8E'],
  ['', '?user=%E5%B0%8F%20%E6%98%8E'],
])('a setting keeps the query of the page as written: %j', (before, after) => {
  window.history.replaceState(null, '', `/${before}`)
  changeSetting('user', '小 明')
  expect(window.location.search).toBe(after)
})
