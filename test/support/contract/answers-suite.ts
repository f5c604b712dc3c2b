import { faultsOf } from '../../security/contract-answer'
import { refusalOf, useSharedHost } from './host'
import type { StartHost } from './host'

export function describeAnswers(start: StartHost): void {
  describe('every answer', () => {
    const host = useSharedHost(start)

    it.each([
      ['GET', '/v1/me', 401],
      ['GET', '/v1/nothing', 404],
      ['GET', '/v1/me/', 404],
      ['POST', '/v1/login', 415],
      ['PATCH', '/v1/me', 405],
      ['GET', '/v1/login', 405],
      ['GET', '/v1/pay/orders', 404],
      ['GET', '/v1/pay/items', 404],
      ['POST', '/v1/web/scans', 404],
      ['GET', '/v1/scans/0123456789abcdef0123456789abcdef', 404],
    ])('to %s %s has the format of the contract', async (method, path, status) => {
      const answer = await host().call(path, { method })
      const headers = Object.fromEntries(answer.headers)
      const body = JSON.stringify(answer.body)
      expect([answer.status, faultsOf({ method, status, headers, body })]).toEqual([status, []])
    })

    it('to a wrong method lists the allowed ones', async () => {
      const answer = await host().call('/v1/me', { method: 'POST' })
      expect(refusalOf(answer)).toEqual([405, 'METHOD_NOT_ALLOWED'])
      const allowed = (answer.headers.get('allow') ?? '').split(', ').sort()
      expect(allowed).toEqual(['DELETE', 'GET', 'HEAD', 'PUT'])
    })

    it('carries the caller’s request id if it is well-formed', async () => {
      const ask = async (id: string) => {
        const answer = await host().call('/v1/me', { headers: { 'x-request-id': id } })
        return [answer.headers.get('x-request-id'), answer.body.error.requestId]
      }
      expect(await ask('abc.DEF_12-34')).toEqual(['abc.DEF_12-34', 'abc.DEF_12-34'])
      const [id, inBody] = await ask('no blanks here')
      expect([id === inBody, /^[A-Za-z0-9._-]{8,64}$/.test(id ?? '')]).toEqual([true, true])
    })
  })
}
