/** Searches output for a secret in every possible encoding. */

function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret)
  // Base64 of a longer text contains one of three forms, depending on the secret's offset.
  const inside = [0, 1, 2].map((offset) =>
    Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .slice(offset === 0 ? 0 : offset + 1, -4),
  )
  const json = JSON.stringify(secret).slice(1, -1)
  return [
    secret,
    json,
    encodeURIComponent(secret),
    bytes.toString('hex'),
    Array.from(secret).reverse().join(''),
    ...inside,
  ]
}

/** @returns the names of the secrets that `text` contains in any form. */
export const found = (text: string, wanted: Iterable<[string, string]>): string[] =>
  [...wanted]
    .filter(([, secret]) => formsOf(secret).some((form) => text.includes(form)))
    .map(([name]) => name)
