/**
 * The sources of pictures: files of the mini-program, temporary files, the BFF through the
 * preview's server, and WeChat's avatars, which are drawn here. Nothing is loaded from the
 * internet.
 */
import { host } from './host'

const temporaryFiles = new Map<string, Blob>()
const objectUrls = new Map<string, string>()
let nextFile = 1

/** Stores a picture as a temporary file and returns its path, as WeChat would. */
export function addTemporaryFile(content: Blob, extension: string): string {
  const path = `http://tmp/preview-${Date.now().toString(36)}-${nextFile}.${extension}`
  nextFile += 1
  temporaryFiles.set(path, content)
  return path
}

/** The mini-program's own folder, as `wx.env.USER_DATA_PATH` names it. */
export const USER_DATA_PATH = 'http://usr'

/** Stores a file under a path of the mini-program's own folder; false for any other path. */
export function saveFile(path: string, content: Blob): boolean {
  if (!path.startsWith(`${USER_DATA_PATH}/`)) return false
  temporaryFiles.set(path, content)
  objectUrls.delete(path)
  return true
}

/** Removes a temporary or stored file; false when there is none. */
export function removeFile(path: string): boolean {
  objectUrls.delete(path)
  return temporaryFiles.delete(path)
}

/** The paths of all files that begin with `prefix`. */
export function listFiles(prefix: string): string[] {
  return [...temporaryFiles.keys()].filter((path) => path.startsWith(prefix))
}

/** The content of a temporary or stored file, or null when there is none. */
export function findTemporaryFile(path: string): Blob | null {
  return temporaryFiles.get(path) ?? null
}

/** The nickname that WeChat shows for an anonymous person. */
export const ANONYMOUS_NICKNAME = '微信用户'

/** The grey avatar of an anonymous person. */
export const ANONYMOUS_AVATAR =
  'https://thirdwx.qlogo.cn/mmopen/vi_32/POgEwh4mIHO4nibH0KlMECNjjGxQUq24ZEaGT4poC6icRiccVGKSyXwibcPq4BWmiaIGuG1icwxaQX6grC9VemZoJ8rg/132'

const asUrl = (svg: string): string => `data:image/svg+xml,${encodeURIComponent(svg)}`

const greyHead = asUrl(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 132 132"><rect width="132" height="132" fill="#d8d8d8"/>' +
    '<circle cx="66" cy="52" r="24" fill="#f5f5f5"/><path d="M18 132c4-34 24-48 48-48s44 14 48 48z" fill="#f5f5f5"/></svg>',
)

function hash(text: string): number {
  let value = 7
  for (const character of text) value = (value * 31 + (character.codePointAt(0) ?? 0)) % 99_991
  return value
}

/**
 * Ids must be unique: an SVG that refers to another SVG's gradient loses it when that one is
 * hidden.
 */
let nextSky = 1

/**
 * A landscape derived from the name, always the same for the same name: serves as a person's photo.
 */
export function drawAvatar(name: string): string {
  const seed = hash(name)
  const hue = (seed * 47) % 360
  const sun = 30 + (seed % 70)
  const sky = `pv-sky-${nextSky}`
  nextSky += 1
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="132" height="132" viewBox="0 0 132 132"><defs>` +
    `<linearGradient id="${sky}" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="hsl(${hue},62%,62%)"/>` +
    `<stop offset="1" stop-color="hsl(${(hue + 40) % 360},75%,85%)"/></linearGradient></defs>` +
    `<rect width="132" height="132" fill="url(#${sky})"/><circle cx="${sun}" cy="44" r="17" fill="#fff" opacity=".9"/>` +
    `<path d="M-4 104 36 60l26 28 22-22 52 50v20H-4z" fill="hsl(${(hue + 200) % 360},32%,42%)"/>` +
    `<path d="M-4 118 40 92l40 22 56-26v50H-4z" fill="hsl(${(hue + 190) % 360},38%,30%)"/></svg>`
  )
}

function isWeChatPicture(source: string): boolean {
  return URL.canParse(source) && /\.(qlogo|qpic)\.cn$/.test(new URL(source).hostname)
}

/** The person of a WeChat avatar URL, as far as this browser knows. */
const AVATARS_KEY = 'preview:avatars'

function readAvatars(): Record<string, string> {
  try {
    return JSON.parse(localStorage.getItem(AVATARS_KEY) ?? '{}') as Record<string, string>
  } catch {
    return {}
  }
}

/** Remembers whose avatar a WeChat URL shows, so that a person looks the same everywhere. */
export function rememberAvatar(url: string, user: string): void {
  if (!isWeChatPicture(url) || url === ANONYMOUS_AVATAR) return
  localStorage.setItem(AVATARS_KEY, JSON.stringify({ ...readAvatars(), [url]: user }))
}

/** The URL to load for a `src` in the WXML file `from`. */
export function resolvePicture(source: string, from = ''): string {
  const file = temporaryFiles.get(source)
  if (file !== undefined) {
    const known = objectUrls.get(source) ?? URL.createObjectURL(file)
    objectUrls.set(source, known)
    return known
  }
  if (source === ANONYMOUS_AVATAR) return greyHead
  if (isWeChatPicture(source)) return asUrl(drawAvatar(readAvatars()[source] ?? source))
  if (/^https?:/.test(source)) return host.pictureUrl(`image/${source}`)
  if (source.startsWith('data:') || source.startsWith('blob:')) return source
  const path = new URL(source, `file:///${from}`).pathname
  return host.pictureUrl(`files${path}`)
}
