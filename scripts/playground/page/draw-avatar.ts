/** Draws an avatar on a canvas, where the server uses sharp. */

const PIXELS = 256
const QUALITY = 0.82

/** Crops to 256 × 256. Rejects when the browser can't decode the picture. */
export async function drawAvatar(picture: Blob): Promise<Blob> {
  const bitmap = await createImageBitmap(picture)
  const canvas = document.createElement('canvas')
  canvas.width = PIXELS
  canvas.height = PIXELS
  const scale = PIXELS / Math.min(bitmap.width, bitmap.height)
  const [width, height] = [bitmap.width * scale, bitmap.height * scale]
  const context = canvas.getContext('2d')
  context?.drawImage(bitmap, (PIXELS - width) / 2, (PIXELS - height) / 2, width, height)
  bitmap.close()
  return new Promise((resolve, reject) => {
    const done = (blob: Blob | null): void =>
      blob === null ? reject(new Error('the browser could not encode a picture')) : resolve(blob)
    // A browser that can't encode WebP returns a PNG, which every <img> can show.
    canvas.toBlob(done, 'image/webp', QUALITY)
  })
}
