/**
 * The avatar sheet of `open-type="chooseAvatar"`: the person's WeChat avatar, pictures of an album, or
 * a file of this computer.
 *
 * For tests: avatar-sheet, avatar-wechat, avatar-album, avatar-cancel; in the album album-0 … album-8
 * (album-8 fails WeChat's content check), album-file.
 */
import { h } from '../markup'
import { drawAvatar } from '../pictures'
import { openDialog } from './dialog'
import { button } from './overlays'

/** A chosen picture. */
export interface ChosenPicture {
  content: Blob
  /** `jpeg`, `png`, `webp`: the extension of the temporary file. */
  extension: string
  /** Whether WeChat's content check accepts it. */
  isHarmless: boolean
}

const ALBUM_SIZE = 9
/** The album's last picture is rejected by the content check. */
const REFUSED_INDEX = ALBUM_SIZE - 1
const PICTURE_SIZE = 512

const albumName = (index: number): string => `album-picture-${index}`

async function paint(name: string): Promise<Blob> {
  const picture = new Image()
  picture.src = `data:image/svg+xml,${encodeURIComponent(drawAvatar(name))}`
  await picture.decode()
  const canvas = h('canvas', { width: PICTURE_SIZE, height: PICTURE_SIZE })
  canvas.getContext('2d')?.drawImage(picture, 0, 0, PICTURE_SIZE, PICTURE_SIZE)
  return new Promise((resolve, reject) => {
    const done = (blob: Blob | null): void =>
      blob === null ? reject(new Error('the browser could not encode a picture')) : resolve(blob)
    canvas.toBlob(done, 'image/jpeg', 0.9)
  })
}

async function drawn(name: string, isHarmless: boolean): Promise<ChosenPicture> {
  return { content: await paint(name), extension: 'jpeg', isHarmless }
}

function pickFile(): HTMLInputElement {
  return h('input', {
    type: 'file',
    accept: 'image/png,image/jpeg,image/webp',
    class: 'pv-file',
    'data-testid': 'album-file',
    'aria-label': '选择这台电脑上的图片',
  })
}

/** Asks for a picture from the album or this computer; null when cancelled. */
export async function openAlbum(layer: HTMLElement): Promise<ChosenPicture | null> {
  const options = { kind: 'sheet', label: '相册', testid: 'album' } as const
  const field = pickFile()
  const choice = await openDialog<number | File>(layer, options, (close) => {
    const pictures = Array.from({ length: ALBUM_SIZE }, (_, index) => {
      const isRefused = index === REFUSED_INDEX
      const name = `相册图片 ${index + 1}${isRefused ? '（会被内容安全拦下）' : ''}`
      const look = isRefused ? 'pv-album-picture pv-album-refused' : 'pv-album-picture'
      const element = button('', `album-${index}`, look, () => close(index))
      element.ariaLabel = name
      element.innerHTML = drawAvatar(albumName(index))
      if (isRefused) element.append(h('small', {}, '未过审'))
      return element
    })
    field.addEventListener('change', () => {
      const file = field.files?.[0]
      if (file !== undefined) close(file)
    })
    return [
      h('h2', { class: 'pv-album-title' }, '最近项目'),
      h('div', { class: 'pv-album' }, ...pictures),
      h('label', { class: 'pv-album-own' }, '用这台电脑上的图片…', field),
      button('取消', 'album-cancel', 'pv-plain pv-wide', () => close(null)),
    ]
  })
  if (choice === null) return null
  if (typeof choice === 'number') return drawn(albumName(choice), choice !== REFUSED_INDEX)
  return { content: choice, extension: choice.type.replace('image/', ''), isHarmless: true }
}

/** Asks for a picture; null when cancelled. `onLeave` runs before the album opens. */
export async function chooseAvatar(
  layer: HTMLElement,
  user: string,
  around: { onLeave(): void; onReturn(): void },
): Promise<ChosenPicture | null> {
  const options = { kind: 'sheet', label: '选择头像', testid: 'avatar-sheet' } as const
  const way = await openDialog<'wechat' | 'album'>(layer, options, (close) => {
    const own = button('', 'avatar-wechat', 'pv-action pv-avatar-own', () => close('wechat'))
    const picture = h('span', { class: 'pv-consent-avatar', 'aria-hidden': 'true' })
    picture.innerHTML = drawAvatar(user)
    own.append(picture, '用微信头像')
    return [
      own,
      button('从相册选择', 'avatar-album', 'pv-action', () => close('album')),
      button('取消', 'avatar-cancel', 'pv-action pv-action-cancel', () => close(null)),
    ]
  })
  if (way === null) return null
  if (way === 'wechat') return drawn(user, true)
  around.onLeave()
  const picture = await openAlbum(layer)
  around.onReturn()
  return picture
}
