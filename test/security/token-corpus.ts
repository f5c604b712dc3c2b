/** Named forged and malformed tokens. Each must be refused, even with a valid signature. */
import { createHmac } from 'node:crypto'
import { encode, mac, withOtherUnusedBits } from './forge'
import type { Forge, Json } from './forge'

export type Corpus = Record<string, string>

const named = (name: string, tokens: readonly string[]): Corpus =>
  Object.fromEntries(tokens.map((token, i) => [`${name} ${i}`, token]))

const casings = (word: string): string[] => {
  const letters = Array.from(word)
  return Array.from({ length: 2 ** letters.length }, (_unused, bits) =>
    letters.map((letter, i) => ((bits >> i) & 1 ? letter.toUpperCase() : letter)).join(''),
  )
}

/** RFC 8725 sections 2.1, 3.1 and 3.2. */
export function algorithmTricks(forge: Forge, secret: string): Corpus {
  const { parts, header, claims, signed, withHeader } = forge
  const unsigned = casings('none').flatMap((alg) => {
    const head = encode({ ...header, alg })
    return [`${head}.${parts.body}.`, `${head}.${parts.body}.${parts.signature}`]
  })
  const other = (alg: string, hash: string) => signed({ ...header, alg }, claims, secret, hash)
  const odd = ['hs256', 'Hs256', 'HS256 ', ' HS256', 'HS-256', 'HS256\0', '', 'RS256', 'ES256']
  return {
    ...named('alg none', unsigned),
    ...named('alg misspelt', [...odd.map((alg) => withHeader({ alg })), withHeader({ alg: null })]),
    ...named(
      'alg no text',
      [0, true, ['HS256'], { name: 'HS256' }].map((alg) => withHeader({ alg })),
    ),
    'alg HS384': other('HS384', 'sha384'),
    'alg HS512': other('HS512', 'sha512'),
    'alg HS1': other('HS1', 'sha1'),
    'alg HS512 named, HS256 made': withHeader({ alg: 'HS512' }),
    'alg HS256 named, HS512 made': signed(header, claims, secret, 'sha512'),
    'alg RS256, the secret as its key': withHeader({ alg: 'RS256' }),
    'alg PS256': withHeader({ alg: 'PS256' }),
    'alg EdDSA': withHeader({ alg: 'EdDSA' }),
    'alg missing': forge.withoutHeader('alg'),
    'alg twice': signed(forge.headerText.replace('{', '{"alg":"none",'), claims),
    'alg encryption': withHeader({ alg: 'dir', enc: 'A256GCM' }),
  }
}

/** RFC 8725 sections 3.10 and 3.11, RFC 7515 section 4.1.11, RFC 7797. */
export function headerTricks({ header, headerText, claims, signed, ...forge }: Forge): Corpus {
  const { withHeader, withoutHeader, parts } = forge
  const url = 'http://127.0.0.1:9/keys.json'
  const keys: Json = {
    jwk: { kty: 'oct', k: encode('attacker') },
    jku: url,
    x5u: url,
    x5c: ['MIIB'],
    x5t: 'AAAA',
    'x5t#S256': 'AAAA',
    enc: 'A256GCM',
    zip: 'DEF',
    cty: 'JWT',
    iss: 'wechat-login',
    nonce: 'x',
    unknown: 1,
  }
  const kids = [
    '../../../../dev/null',
    '/dev/null',
    'file:///etc/passwd',
    url,
    "t1' OR '1'='1",
    't1"; DROP TABLE sessions; --',
    '$(id)',
    '__proto__',
    'constructor',
    'toString',
    't1\0',
    ' t1',
    'T1',
    '',
    'x'.repeat(300),
    null,
    0,
    ['t1'],
    { $ne: '' },
  ]
  return {
    ...Object.fromEntries(
      Object.entries(keys).map(([name, value]) => [
        `header ${name}`,
        withHeader({ [name]: value }),
      ]),
    ),
    ...named(
      'crit',
      [[], ['exp'], ['b64'], ['x'], 'x', null].map((crit) => withHeader({ crit, x: 1 })),
    ),
    'b64 false': withHeader({ b64: false, crit: ['b64'] }),
    'b64 false, the claims as they are': `${encode({ ...header, b64: false })}.${parts.body}.${parts.signature}`,
    'b64 true': withHeader({ b64: true }),
    ...named(
      'kid',
      kids.map((kid) => withHeader({ kid })),
    ),
    'kid missing': withoutHeader('kid'),
    'kid twice': signed(headerText.replace('{', '{"kid":"old",'), claims),
    ...named(
      'typ',
      ['jwt', 'at+jwt', 'JWE', 'JOSE', '', null, 7].map((typ) => withHeader({ typ })),
    ),
    'typ missing': withoutHeader('typ'),
    ...named(
      'header no object',
      ['[]', 'null', '7', '"x"', '{', '', '{}'].map((h) => signed(h, claims)),
    ),
    'header with blanks': signed(JSON.stringify(header, null, 1), claims),
    'header with an escape': signed(headerText.replace('HS256', '\\u0048S256'), claims),
    'header with a byte order mark': signed(`\ufeff${headerText}`, claims),
    'header with __proto__': signed(
      headerText.replace('{', '{"__proto__":{"alg":"none"},'),
      claims,
    ),
  }
}

/** Wrong values of each type, and of types that a loose comparison treats as equal. */
export function claimTricks(forge: Forge): Corpus {
  const { header, claims, claimsText, signed, withClaims, withoutClaim } = forge
  const exp = Number(claims['exp'])
  const names = Object.keys(claims)
  const values = [null, true, 0, -1, 1.5, '', 'x', [], {}, '\0']
  const mistyped = names.flatMap((name) =>
    // iat says when it was made; any whole second is valid.
    values
      .filter((value) => !(name === 'iat' && value === 0))
      .map((value) => withClaims({ [name]: value })),
  )
  const twice = names.map((name) =>
    signed(header, claimsText.replace('{', `{${JSON.stringify(name)}:"x",`)),
  )
  return {
    ...named(
      'claim missing',
      names.map((name) => withoutClaim(name)),
    ),
    ...named('claim mistyped', mistyped),
    ...named(
      'claim as a list of itself',
      names.map((name) => withClaims({ [name]: [claims[name]] })),
    ),
    ...named(
      'claim as a text',
      ['exp', 'iat'].map((name) => withClaims({ [name]: String(exp) })),
    ),
    ...named('claim twice', twice),
    // A duplicated name, with the same length because a number is written shorter.
    'claim twice, of the length that it should have': signed(
      header,
      claimsText.replace(/"exp":\d+/, '"exp":1E11').replace(/"iat":\d+/, `"iat":1,$&`),
    ),
    'claim extra': withClaims({ admin: true }),
    'claim nbf': withClaims({ nbf: 0 }),
    'claim __proto__': signed(header, claimsText.replace('{', '{"__proto__":{"sub":"x"},')),
    'exp now': withClaims({ exp: Math.floor(Date.now() / 1000) - 1 }),
    'exp beyond exact numbers': signed(header, claimsText.replace(/"exp":\d+/, '"exp":1e400')),
    'exp in milliseconds as a fraction': withClaims({ exp: exp + 0.5 }),
    'another issuer': withClaims({ iss: 'Wechat-Login' }),
    'another audience': withClaims({ aud: 'wx5a6dbc0000000002' }),
    'another user': withClaims({ sub: '00000000-0000-4000-8000-000000000000' }),
    'claims with blanks': signed(header, JSON.stringify(claims, null, 1)),
    'claims with a blank in front': signed(header, ` ${claimsText}`),
    'claims with an escape': signed(header, claimsText.replace('wechat', '\\u0077echat')),
    'claims with a byte order mark': signed(header, `\ufeff${claimsText}`),
    'claims with a number in another form': signed(
      header,
      claimsText.replace(/"exp":(\d+)/, '"exp":$1.0'),
    ),
    ...named(
      'claims no object',
      ['[]', 'null', '7', '"x"', '{', '', '{}'].map((c) => signed(header, c)),
    ),
    'claims deep': signed(header, '['.repeat(300) + ']'.repeat(300)),
  }
}

/**
 * Wycheproof's classes of HMAC and JWS cases, applied to our token: each bit, each length, each
 * form.
 */
export function signatureTricks({ parts, signedRaw, ...forge }: Forge, secret: string): Corpus {
  const { head, body, signature } = parts
  const tag = Buffer.from(signature, 'base64url')
  const tagged = (bytes: Buffer) => `${head}.${body}.${bytes.toString('base64url')}`
  const flipped = Array.from({ length: tag.length * 8 }, (_unused, bit) => {
    const other = Buffer.from(tag)
    other.writeUInt8(other.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
    return tagged(other)
  })
  const every = (change: (byte: number) => number) => tagged(Buffer.from(tag.map(change)))
  const keys = ['', '\0', 'a', 'secret', '\0'.repeat(32), secret.slice(1), ` ${secret}`]
  const wrongKeys = keys.map((key) => `${head}.${body}.${mac(head, body, key)}`)
  const wrongText = [`${body}.${head}`, `${head}${body}`, body, `${head}.${body}.`].map((text) =>
    tagged(createHmac('sha256', secret).update(text).digest()),
  )
  return {
    ...named('a flipped bit', flipped),
    ...named(
      'a cut tag',
      Array.from({ length: tag.length }, (_u, n) => tagged(tag.subarray(0, n))),
    ),
    ...named('a longer tag', [
      tagged(Buffer.concat([tag, tag])),
      tagged(Buffer.concat([tag, Buffer.alloc(1)])),
    ]),
    ...named('a changed tag', [
      every((byte) => byte ^ 0xff),
      every((byte) => byte ^ 0x80),
      every((byte) => byte ^ 1),
      every(() => 0),
      every(() => 0xff),
      tagged(Buffer.from(tag).reverse()),
      tagged(Buffer.from(tag.toString('hex'))),
    ]),
    ...named('another key', wrongKeys),
    ...named('another text', wrongText),
    'claims swapped': `${head}.${encode({ ...forge.claims, sub: 'x' })}.${signature}`,
    ...named('base64url with unused bits', [
      ...withOtherUnusedBits(signature).map((other) => `${head}.${body}.${other}`),
      ...withOtherUnusedBits(head).map((other) => signedRaw(other, body)),
      ...withOtherUnusedBits(`${body}A`).map((other) => signedRaw(head, other)),
    ]),
    ...named('base64url padded', [
      `${head}.${body}.${signature}=`,
      signedRaw(`${head}=`, body),
      signedRaw(head, `${body}==`),
    ]),
    ...named(
      'base64 proper',
      ['+', '/', '++//'].map((odd) => `${head}.${body}.${odd}${signature.slice(odd.length)}`),
    ),
    ...named('parts', [
      '.',
      '..',
      '...',
      `${head}.${body}`,
      `${head}.${body}.`,
      `.${body}.${signature}`,
      `${head}..${signature}`,
      `${parts.head}.${parts.body}.${parts.signature}.`,
      `${head}.${body}.${signature}.${signature}`,
      `.${head}.${body}.${signature}`,
      `${head}.${body}.${body}.${body}.${signature}`,
      head,
      signature,
    ]),
    ...named(
      'long',
      [2000, 8000].flatMap((n) => [
        `${head}.${body}.${signature}${'A'.repeat(n)}`,
        'A'.repeat(n),
        '.'.repeat(n),
      ]),
    ),
  }
}
