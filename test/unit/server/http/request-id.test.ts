/** Ids are generated in batches: none may repeat when the next batch is generated. */
import type { IncomingMessage } from 'node:http'
import { requestIdOf } from '../../../../server/http/request-id'

const from = (given?: string | string[]) =>
  ({ headers: { 'x-request-id': given } }) as unknown as IncomingMessage

it('gives each request its own id', () => {
  const ids = Array.from({ length: 2000 }, () => requestIdOf(from()))
  expect(new Set(ids).size).toBe(2000)
  expect(ids.filter((id) => !/^[0-9a-f]{32}$/.test(id))).toEqual([])
})

it.each(['12345678', 'Trace_1.a-b', 'x'.repeat(64)])('keeps %s', (given) => {
  expect(requestIdOf(from(given))).toBe(given)
})

it.each(['1234567', 'x'.repeat(65), 'a b c d e f', 'ünïcode-id', ''])('replaces "%s"', (given) => {
  expect(requestIdOf(from(given))).toMatch(/^[0-9a-f]{32}$/)
})
