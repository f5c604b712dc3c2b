/**
 * Pictures for the preview's page: files of the mini-program's own folder, and avatars that the BFF
 * serves. Only image types leave, and no path leads out of the folder.
 */
import { readFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { extname, resolve, sep } from 'node:path'

const imageTypes: Record<string, string> = {
  '.gif': 'image/gif',
  '.ico': 'image/x-icon',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.webp': 'image/webp',
}

function end(response: ServerResponse, status: number, type?: string, content?: Buffer): void {
  const shared = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }
  response.writeHead(status, type === undefined ? shared : { ...shared, 'content-type': type })
  response.end(content)
}

/** Answers `/__preview/files/<path>` with a picture of the mini-program, else 404. */
export async function sendFile(dir: string, url: string, response: ServerResponse): Promise<void> {
  const path = resolve(dir, decodeURIComponent(url.replace('/__preview/files/', '')))
  const type = imageTypes[extname(path).toLowerCase()]
  const isInside = path.startsWith(dir + sep)
  const content = type !== undefined && isInside ? await readFile(path).catch(() => null) : null
  if (content === null) end(response, 404)
  else end(response, 200, type, content)
}

async function fetchImage(target: URL): Promise<{ type: string; content: Buffer } | null> {
  const answer = await fetch(target, { redirect: 'error', signal: AbortSignal.timeout(10_000) })
  const type = answer.headers.get('content-type') ?? ''
  if (!answer.ok || !type.startsWith('image/')) return null
  return { type, content: Buffer.from(await answer.arrayBuffer()) }
}

/** Answers with the picture at a loopback `target`; anything that is no picture is 404. */
export async function sendImage(target: URL, response: ServerResponse): Promise<void> {
  const image = await fetchImage(target).catch(() => null)
  if (image === null) end(response, 404)
  else end(response, 200, image.type, image.content)
}
