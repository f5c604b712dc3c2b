/**
 * Serves pictures and videos to the preview's page: files of the mini-program's folder and its
 * packages, and pictures from other servers, such as the BFF's avatars. Other file types are
 * refused, and neither `..` nor a symbolic link leads out of these folders.
 */
import { realpath } from 'node:fs/promises'
import { extname, join, posix, sep } from 'node:path'
import type { RequestHandler, Response } from 'express'
import type { Folders } from './build/folders'
import { Sources } from './build/sources'

const ENDINGS = new Set('.gif .ico .jpeg .jpg .m4v .mov .mp4 .png .svg .webm .webp'.split(' '))
const FETCH_TIMEOUT_MS = 10_000
/** An SVG opened directly would run its scripts in the preview's origin. */
const PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

const realpathOf = (path: string): Promise<string | null> => realpath(path).catch(() => null)

/** The real path of the file; null when it is missing or outside of the folders. */
async function findInside(folders: Folders, path: string): Promise<string | null> {
  const file = await realpathOf(new Sources(folders).locate(posix.normalize(path).slice(1)))
  const modules = folders.packages.map(({ folder }) => join(folder, 'node_modules'))
  const roots = await Promise.all([folders.dir, ...modules].map(realpathOf))
  const isInside = roots.some((root) => root !== null && file?.startsWith(root + sep) === true)
  return isInside ? file : null
}

/** Answers `/<path>` with a picture or video of the mini-program, else 404. */
export function createFileHandler(folders: Folders): RequestHandler {
  return async (request, response) => {
    const file = await findInside(folders, decodeURIComponent(request.path))
    if (file === null || !ENDINGS.has(extname(file).toLowerCase())) {
      response.sendStatus(404)
      return
    }
    response.set('content-security-policy', PICTURE_POLICY)
    response.sendFile(file, { cacheControl: false, etag: false, lastModified: false })
  }
}

async function fetchPicture(target: URL): Promise<{ type: string; content: Buffer } | null> {
  const signal = AbortSignal.timeout(FETCH_TIMEOUT_MS)
  const answer = await fetch(target, { redirect: 'error', signal })
  const type = answer.headers.get('content-type') ?? ''
  if (!answer.ok || !/^(image|video)\//.test(type)) return null
  return { type, content: Buffer.from(await answer.arrayBuffer()) }
}

/**
 * Answers with the picture at a loopback `target`; 404 for anything other than a picture or video.
 */
export async function sendPicture(target: URL, response: Response): Promise<void> {
  const picture = await fetchPicture(target).catch(() => null)
  if (picture === null) {
    response.sendStatus(404)
    return
  }
  response.set('content-security-policy', PICTURE_POLICY)
  response.set('content-type', picture.type).send(picture.content)
}
