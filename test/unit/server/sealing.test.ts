/** Data encrypted at rest can be decrypted for its owner only. */
import fc from 'fast-check'
import { createSealer } from '../../../server/sealing'

const key = (fill: string) => Buffer.from(fill.repeat(32).slice(0, 32))
const oldKey = { kid: 'old', key: key('0123456789') }
const newKey = { kid: 'new', key: key('abcdefghij') }
const owner = { purpose: 'session_key', appid: 'wxA', openid: 'oA' } as const

it('decrypts any text that it encrypted', () => {
  const sealer = createSealer([newKey])
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(sealer.open(sealer.seal(text, owner), owner)).toBe(text)
    }),
  )
})

it('encrypts the same text of the same owner equally, and everything else differently', () => {
  const sealer = createSealer([newKey])
  const sealed = sealer.seal('secret', owner)
  expect(createSealer([newKey, oldKey]).seal('secret', owner)).toBe(sealed)
  const others = [
    sealer.seal('secrets', owner),
    sealer.seal('secret', { ...owner, openid: 'oB' }),
    sealer.seal('secret', { ...owner, purpose: 'phone' }),
    createSealer([{ ...newKey, key: oldKey.key }]).seal('secret', owner),
  ]
  const nonceOf = (text: string) => text.slice('new.'.length, 'new.'.length + 16)
  expect(new Set([sealed, ...others].map(nonceOf)).size).toBe(5)
})

it('decrypts nothing for another person, app, purpose or key', () => {
  const sealer = createSealer([newKey])
  const sealed = sealer.seal('secret', owner)
  expect(sealer.open(sealed, { ...owner, openid: 'oB' })).toBeNull()
  expect(sealer.open(sealed, { ...owner, appid: 'wxB' })).toBeNull()
  expect(sealer.open(sealed, { ...owner, purpose: 'phone' })).toBeNull()
  expect(createSealer([oldKey]).open(sealed, owner)).toBeNull()
  expect(createSealer([{ ...newKey, kid: 'other' }]).open(sealed, owner)).toBeNull()
})

it('decrypts nothing that was changed, cut or invented', () => {
  const sealer = createSealer([newKey])
  const sealed = sealer.seal('secret', owner)
  fc.assert(
    fc.property(fc.nat(sealed.length - 1), fc.constantFrom('A', 'b', '9', '_'), (at, letter) => {
      const changed = sealed.slice(0, at) + letter + sealed.slice(at + 1)
      fc.pre(changed !== sealed)
      const opened = sealer.open(changed, owner)
      // The last letter contains unused bits: the bytes may be the same.
      expect(opened === null || at === sealed.length - 1).toBe(true)
    }),
  )
  for (const text of ['', '.', 'new.', 'new.AAAA', sealed.slice(0, -4), 'x']) {
    expect(sealer.open(text, owner)).toBeNull()
  }
})

it('rotates: the new key encrypts, the old one still decrypts', () => {
  const sealedByOld = createSealer([oldKey]).seal('secret', owner)
  const both = createSealer([newKey, oldKey])
  expect(both.open(sealedByOld, owner)).toBe('secret')
  expect(both.seal('secret', owner).startsWith('new.')).toBe(true)
})
