/** The picture with which WeChat answers a preview. */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import sharp from 'sharp'

const CI = join(__dirname, '../../../scripts/release/wechat-ci')

/** A QR code as a JPEG, made with miniprogram-ci's encoder for the terminal. */
export async function qrJpeg(text: string): Promise<Buffer> {
  const load = createRequire(join(CI, 'node_modules/qrcode-terminal/package.json'))
  interface Code {
    addData(text: string): void
    make(): void
    getModuleCount(): number
    isDark(row: number, column: number): boolean
  }
  const QrCode = load('./vendor/QRCode') as new (type: number, level: number) => Code
  const code = new QrCode(-1, 1)
  code.addData(text)
  code.make()
  const count = code.getModuleCount()
  const side = count + 8
  const pixels = Buffer.alloc(side * side, 255)
  for (let row = 0; row < count; row++) {
    for (let column = 0; column < count; column++) {
      if (code.isDark(row, column)) pixels[(row + 4) * side + column + 4] = 0
    }
  }
  return sharp(pixels, { raw: { width: side, height: side, channels: 1 } })
    .resize(side * 8, side * 8, { kernel: 'nearest' })
    .jpeg({ quality: 95 })
    .toBuffer()
}
