/** WeChat replaces its public key or platform certificate while a merchant's server runs. */
import { startPayBff } from '../support/pay/pay-bff'
import type { PayBff } from '../support/pay/pay-bff'

interface RotatedKeys {
  publicKeyId: string
  certificateSerial: string
  publicKeys: Record<string, string>
}

let bff: PayBff
afterEach(() => bff.stop())

/** An order; `notify` pays it and sends its notice. */
async function makeOrder() {
  const token = await bff.login()
  const { id } = (await bff.order(token)).body.order
  const number = await bff.numberOf(id)
  await bff.control(`pay/notices/${number}`, { fault: 'lost', times: 1 })
  return {
    id,
    token,
    async notify() {
      await bff.control(`pay/orders/${number}/pay`)
      return (await bff.control<{ statuses: number[] }>(`pay/notices/${number}`)).statuses
    },
    rowStatus: async () => (await bff.orderRows())[0]!.status,
  }
}

const oldOf = ({ publicKeys, publicKeyId }: RotatedKeys) =>
  Object.keys(publicKeys).find((id) => id.startsWith('PUB_KEY_ID_') && id !== publicKeyId)!

describe('changed keys of WeChat', () => {
  it('are rejected while PAY_PUBLIC_KEYS lacks them, and no payment is lost', async () => {
    bff = await startPayBff()
    const { id, token, notify, rowStatus } = await makeOrder()
    await bff.control('pay/keys/rotate', { kind: 'public-key' })
    expect(await notify()).toEqual([401])
    expect(await rowStatus()).toBe('pending')
    expect((await bff.get(token, id)).body.status).toBe('paid')
  })

  it.each<[string, string, (keys: RotatedKeys) => string]>([
    ['the old public key, and notices come with the new one', 'public-key', oldOf],
    ['a new certificate', 'certificate', (keys) => keys.certificateSerial],
    ['the new public key', 'public-key', (keys) => keys.publicKeyId],
  ])('are accepted, old and new, when requests ask for %s', async (_name, kind, first) => {
    bff = await startPayBff({}, async (control) => {
      const keys = await control<RotatedKeys>('pay/keys/rotate', { kind })
      const name = first(keys)
      return { [name]: keys.publicKeys[name]!, ...keys.publicKeys }
    })
    const { notify, rowStatus } = await makeOrder()
    expect(await notify()).toEqual([204])
    expect(await rowStatus()).toBe('paid')
    expect(bff.alerts()).toEqual([])
  })
})
