/**
 * Converts an uploaded picture to a small, clean one: 256 × 256 WebP without metadata.
 *
 * The first bytes decide the type, never the name or a header. The memory that a picture takes is
 * checked before anything is decoded. The result is drawn anew, so nothing hidden in the file
 * survives.
 */
import { bulkhead } from 'cockatiel'
import type { Metadata, Sharp } from 'sharp'
import { ApiError } from '../errors'

const AVATAR_PIXELS = 256
/** 12 megapixels of 8 bits in 4 channels. One picture is decoded at a time, so this bounds the memory. */
const MAX_DECODED_BYTES = 12_000_000 * 4
const QUALITY = 82
const HEADER_BYTES = 12
/** What these files begin with, as latin1. */
const JPEG = '\xff\xd8\xff'
const PNG = '\x89PNG\r\n\x1a\n'
/** The depths that these three types can have, by sharp's name. */
const BYTES_OF_DEPTH: Partial<Record<string, number>> = { uchar: 1, ushort: 2 }

function isKnownType(bytes: Buffer): boolean {
  const head = bytes.toString('latin1', 0, HEADER_BYTES)
  const isWebp = head.startsWith('RIFF') && head.slice(8) === 'WEBP'
  return head.startsWith(JPEG) || head.startsWith(PNG) || isWebp
}

const rejected = (cause?: unknown) =>
  new ApiError('IMAGE_REJECTED', 'The picture must be a whole JPEG, PNG or WebP of usual size.', {
    cause,
  })

/** Loads sharp at the first picture, because it is the largest dependency of the server. */
async function open(bytes: Buffer): Promise<Sharp> {
  const { default: sharp } = await import('sharp')
  return sharp(bytes, {
    limitInputPixels: MAX_DECODED_BYTES,
    failOn: 'error',
    sequentialRead: true,
  })
}

const decodedBytes = ({ width, height, channels, depth }: Metadata): number =>
  width * height * channels * (BYTES_OF_DEPTH[depth] ?? Infinity)

async function draw(picture: Sharp): Promise<Buffer> {
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

/** The queue needs no limit, since upload-slots.ts admits eight uploads. */
const oneAtATime = bulkhead(1, Infinity)

/** @throws ApiError IMAGE_REJECTED */
export async function drawAvatar(bytes: Buffer): Promise<Buffer> {
  if (!isKnownType(bytes)) throw rejected()
  const picture = await open(bytes)
  const metadata = await picture.metadata().catch((error: unknown) => {
    throw rejected(error)
  })
  if (decodedBytes(metadata) > MAX_DECODED_BYTES) throw rejected()
  return oneAtATime.execute(() => draw(picture))
}
