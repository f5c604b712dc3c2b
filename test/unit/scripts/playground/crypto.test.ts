/**
 * The page's cryptography has the same results as Node's: the world's ids and encrypted data depend
 * on it.
 */
import * as page from '../../../../scripts/playground/crypto'
import * as node from '../../../../scripts/sandbox/crypto'

const TEXTS = ['', 'a', '小红 👩‍🚀', 'sixteen of them.', 'x'.repeat(99)]

it.each(TEXTS)('hashes and signs %j as Node does', (text) => {
  expect(page.toHex(page.sha256(text))).toBe(node.toHex(node.sha256(text)))
  expect(page.sha1Hex(text)).toBe(node.sha1Hex(text))
  expect(page.hmacSha256Hex('钥匙', text)).toBe(node.hmacSha256Hex('钥匙', text))
})

it.each(TEXTS)('encrypts %j as Node does, and opens it again', (text) => {
  const [key, iv] = [node.randomBytes(16), node.randomBytes(16)]
  const encrypted = page.encryptAes(text, key, iv)
  expect(page.toBase64(encrypted)).toBe(node.toBase64(node.encryptAes(text, key, iv)))
  const opened = page.decryptAes(encrypted, key, iv)
  expect(new TextDecoder().decode(opened ?? new Uint8Array())).toBe(text)
})

it('encodes bytes as Node does', () => {
  const bytes = node.randomBytes(99)
  expect(page.toBase64Url(bytes)).toBe(node.toBase64Url(bytes))
  expect(node.toBase64(page.fromBase64(node.toBase64(bytes)))).toBe(node.toBase64(bytes))
  expect(page.fromHex(node.toHex(bytes))).toEqual(Uint8Array.from(bytes))
})
