/**
 * Any picture that a phone uploads to a small, clean one: 256 × 256 WebP without metadata.
 *
 * The type is told by the first bytes, never by name or header; the size in pixels is known before
 * anything is decoded; what comes out is drawn anew, so nothing that was hidden in the file survives.
 */
import type { Sharp } from 'sharp'
import { ApiError } from '../errors'

export const AVATAR_PIXELS = 256
/** 24 megapixels: more than a phone's front camera, less than a bomb. */
const MAX_PIXELS = 24_000_000
const QUALITY = 82
const MIN_HEADER_BYTES = 12

const startsWith = (bytes: Buffer, ...head: number[]) => head.every((byte, i) => bytes[i] === byte)

function isKnownType(bytes: Buffer): boolean {
  if (bytes.length < MIN_HEADER_BYTES) return false
  const jpeg = startsWith(bytes, 0xff, 0xd8, 0xff)
  const png = startsWith(bytes, 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)
  const riff = bytes.toString('latin1', 0, 4) + bytes.toString('latin1', 8, 12)
  return jpeg || png || riff === 'RIFFWEBP'
}

const rejected = (cause?: unknown) =>
  new ApiError('IMAGE_REJECTED', 'The picture must be a whole JPEG, PNG or WebP of usual size.', {
    cause,
  })

/** Loaded when the first picture comes: it is the heaviest part of the server. */
async function open(bytes: Buffer): Promise<Sharp> {
  const { default: sharp } = await import('sharp')
  return sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: 'error', sequentialRead: true })
}

/** @throws ApiError IMAGE_REJECTED */
export async function drawAvatar(bytes: Buffer): Promise<Buffer> {
  if (!isKnownType(bytes)) throw rejected()
  const picture = await open(bytes)
  try {
    return await picture
      .autoOrient()
      .resize(AVATAR_PIXELS, AVATAR_PIXELS, { fit: 'cover' })
      .webp({ quality: QUALITY })
      .toBuffer()
  } catch (error) {
    throw rejected(error)
  }
}
