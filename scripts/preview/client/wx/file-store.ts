/**
 * The files of a mini-program: temporary files, its own folder, and read-only its source files.
 * Kept in the page: lost on reload, unlike on a phone.
 */
import { findTemporaryFile, listFiles, removeFile, resolvePicture, saveFile } from '../pictures'
import { ApiFailure } from './call'

const missing = (path: string): ApiFailure =>
  new ApiFailure(`no such file or directory, open ${path}`, 1_300_002)

/** The URL of a file; only files of this page or of the mini-program's folder. */
function addressOf(path: string): string {
  if (/^https?:/.test(path) && findTemporaryFile(path) === null) throw missing(path)
  return resolvePicture(path)
}

const toBytes = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff)

/** Reads synchronously, as `readFileSync` requires: the URL is on this page's own server. */
export function readBytes(path: string): Uint8Array<ArrayBuffer> {
  const request = new XMLHttpRequest()
  request.open('GET', addressOf(path), false)
  request.overrideMimeType('text/plain; charset=x-user-defined')
  request.send()
  if (request.status !== 200) throw missing(path)
  return toBytes(request.responseText)
}

/** Whether there is such a file or folder. */
export function exists(path: string): boolean {
  if (findTemporaryFile(path) !== null || listFiles(path).length > 0) return true
  try {
    readBytes(path)
    return true
  } catch {
    return false
  }
}

/** Writes into the mini-program's own folder; refuses other paths. */
export function writeBytes(path: string, content: BlobPart): void {
  if (!saveFile(path, new Blob([content]))) {
    throw new ApiFailure(`permission denied, open ${path}`, 1_300_013)
  }
}

/** Removes a file; fails when it does not exist. */
export function removeBytes(path: string): void {
  if (!removeFile(path)) throw missing(path)
}

/** The names of the entries of a folder. */
export function listNames(folder: string): string[] {
  const prefix = folder.replace(/\/*$/, '/')
  const names = listFiles(prefix).map((path) => path.slice(prefix.length).split('/')[0] ?? '')
  return [...new Set(names)]
}
