/**
 * APIs for choosing and viewing pictures and files.
 * https://developers.weixin.qq.com/miniprogram/dev/api/media/video/wx.chooseMedia.html
 */
import { openAlbum } from '../phone/avatar-chooser'
import { showPictures } from '../phone/picture-viewer'
import { addTemporaryFile, findTemporaryFile, resolvePicture } from '../pictures'
import { ApiFailure, createApi, numberOption, textOption, type Options } from './call'
import type { ApiGroup, WxContext } from './context'

interface Chosen {
  path: string
  size: number
}

/** Always one picture, because the preview's album can't select several. */
async function choosePicture({ overlays }: WxContext): Promise<Chosen> {
  const picture = await openAlbum(overlays.layer)
  if (picture === null) throw new ApiFailure('cancel')
  const { content, extension } = picture
  return { path: addTemporaryFile(content, extension), size: content.size }
}

async function loadPicture(source: string): Promise<HTMLImageElement> {
  const picture = new Image()
  picture.src = resolvePicture(source)
  await picture.decode().catch(() => {
    throw new ApiFailure(`cannot load ${source}`)
  })
  return picture
}

async function describePicture(source: string): Promise<object> {
  const { naturalWidth: width, naturalHeight: height } = await loadPicture(source)
  const type = findTemporaryFile(source)?.type.replace('image/', '') ?? ''
  const ending = /\.(\w+)(?:\?.*)?$/.exec(source)?.[1] ?? 'unknown'
  return { width, height, path: source, orientation: 'up', type: type === '' ? ending : type }
}

async function chooseMedia(context: WxContext): Promise<object> {
  const { path, size } = await choosePicture(context)
  const { naturalWidth: width, naturalHeight: height } = await loadPicture(path)
  const file = { tempFilePath: path, size, fileType: 'image', width, height }
  return { type: 'image', tempFiles: [file] }
}

/** Opens the computer's own dialog for files. */
function pickFiles(count: number): Promise<File[]> {
  const field = document.createElement('input')
  field.type = 'file'
  field.multiple = count > 1
  return new Promise((resolve) => {
    field.addEventListener('change', () => resolve([...(field.files ?? [])].slice(0, count)))
    field.addEventListener('cancel', () => resolve([]))
    field.click()
  })
}

async function chooseFiles(options: Options): Promise<object> {
  const files = await pickFiles(numberOption(options, 'count', 100))
  if (files.length === 0) throw new ApiFailure('cancel')
  const tempFiles = files.map((file) => ({
    path: addTemporaryFile(file, file.name.split('.').at(-1) ?? 'bin'),
    name: file.name,
    size: file.size,
    type: file.type.startsWith('image/') ? 'image' : 'file',
    time: Math.floor(file.lastModified / 1000),
  }))
  return { tempFiles }
}

const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [])

/** Calls back at once, as in WeChat, while the viewer stays open. */
function preview({ overlays }: WxContext, urls: string[], first: number): object {
  if (urls.length === 0) throw new ApiFailure('urls is empty')
  void showPictures(overlays.layer, urls, first)
  return {}
}

function previewMedia(context: WxContext, options: Options): object {
  const sources = Array.isArray(options['sources']) ? (options['sources'] as Options[]) : []
  const pictures = sources.filter(({ type }) => type !== 'video')
  const urls = pictures.map((source) => textOption(source, 'url'))
  return preview(context, urls, numberOption(options, 'current', 0))
}

function previewImage(context: WxContext, options: Options): object {
  const urls = texts(options['urls'])
  const { current } = options
  const first = typeof current === 'number' ? current : urls.indexOf(String(current))
  return preview(context, urls, first)
}

/** The APIs for pictures and files. */
export function createMediaApis(context: WxContext): ApiGroup {
  const { overlays } = context
  return {
    chooseImage: createApi('chooseImage', async () => {
      const { path, size } = await choosePicture(context)
      return { tempFilePaths: [path], tempFiles: [{ path, size }] }
    }),
    chooseMedia: createApi('chooseMedia', () => chooseMedia(context)),
    chooseMessageFile: createApi('chooseMessageFile', chooseFiles),
    getImageInfo: createApi('getImageInfo', (options) =>
      describePicture(textOption(options, 'src')),
    ),
    compressImage: createApi('compressImage', (options) => ({
      tempFilePath: textOption(options, 'src'),
    })),
    previewImage: createApi('previewImage', (options) => previewImage(context, options)),
    previewMedia: createApi('previewMedia', (options) => previewMedia(context, options)),
    saveImageToPhotosAlbum: createApi('saveImageToPhotosAlbum', async (options) => {
      await loadPicture(textOption(options, 'filePath'))
      overlays.toast({ title: '已保存到相册', icon: 'success', durationMs: 1500, mask: false })
      return undefined
    }),
  }
}
