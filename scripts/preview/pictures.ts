/**
 * Pictures for the preview's page: files of the mini-program's own folder, and avatars that the BFF
 * serves. Only image types leave, and neither `..` nor a symbolic link leads out of the folder.
 */
import { realpath } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'
import type { RequestHandler, Response } from 'express'

const IMAGE_ENDINGS = new Set(['.gif', '.ico', '.jpeg', '.jpg', '.png', '.svg', '.webp'])
const FETCH_TIMEOUT_MS = 10_000
/** An SVG opened by its address would run scripts as the preview's own page. */
const PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

/** Where the file really lies; null when it is missing or outside of the folder. */
async function findInside(dir: string, path: string): Promise<string | null> {
  try {
    const [root, file] = await Promise.all([realpath(dir), realpath(join(dir, path))])
    return file.startsWith(root + sep) ? file : null
  } catch {
    return null
  }
}

/** Answers `/<path>` with a picture of the mini-program, else 404. */
export function createFileHandler(dir: string): RequestHandler {
  return async (request, response) => {
    const file = await findInside(dir, decodeURIComponent(request.path))
    if (file === null || !IMAGE_ENDINGS.has(extname(file).toLowerCase())) {
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
  if (!answer.ok || !type.startsWith('image/')) return null
  return { type, content: Buffer.from(await answer.arrayBuffer()) }
}

/** Answers with the picture at a loopback `target`; anything that is no picture is 404. */
export async function sendPicture(target: URL, response: Response): Promise<void> {
  const picture = await fetchPicture(target).catch(() => null)
  if (picture === null) {
    response.sendStatus(404)
    return
  }
  response.set('content-security-policy', PICTURE_POLICY)
  response.set('content-type', picture.type).send(picture.content)
}
