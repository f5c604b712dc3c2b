/**
 * Decodes UTF-8 chunk by chunk: a character that is split between two chunks waits for its rest.
 * Mini-programs have no TextDecoder. Invalid bytes become U+FFFD, as in the WHATWG's decoder.
 * @see https://encoding.spec.whatwg.org/#utf-8-decoder
 */

export interface Utf8Decoder {
  decode(bytes: Uint8Array): string
  /** The replacement of an incomplete character at the end. */
  end(): string
}

const REPLACEMENT = '\ufffd'

export function createUtf8Decoder(): Utf8Decoder {
  let codePoint = 0
  let missing = 0
  // The range of the next continuation byte: narrower after some lead bytes, against overlong forms and surrogates.
  let lower = 0x80
  let upper = 0xbf

  function begin(byte: number): string {
    if (byte < 0x80) return String.fromCharCode(byte)
    if (byte >= 0xc2 && byte <= 0xdf) return expect(1, byte & 0x1f)
    if (byte >= 0xe0 && byte <= 0xef)
      return expect(2, byte & 0x0f, byte === 0xe0 ? 0xa0 : 0x80, byte === 0xed ? 0x9f : 0xbf)
    if (byte >= 0xf0 && byte <= 0xf4)
      return expect(3, byte & 0x07, byte === 0xf0 ? 0x90 : 0x80, byte === 0xf4 ? 0x8f : 0xbf)
    return REPLACEMENT
  }

  function expect(count: number, bits: number, from = 0x80, to = 0xbf): string {
    missing = count
    codePoint = bits
    lower = from
    upper = to
    return ''
  }

  function take(byte: number): string {
    if (missing === 0) return begin(byte)
    const fits = byte >= lower && byte <= upper
    lower = 0x80
    upper = 0xbf
    if (!fits) {
      missing = 0
      return REPLACEMENT + begin(byte)
    }
    codePoint = (codePoint << 6) | (byte & 0x3f)
    missing -= 1
    return missing === 0 ? String.fromCodePoint(codePoint) : ''
  }

  return {
    decode: (bytes) => Array.from(bytes, take).join(''),
    end() {
      const rest = missing > 0 ? REPLACEMENT : ''
      missing = 0
      return rest
    },
  }
}
