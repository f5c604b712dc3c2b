/**
 * Avatars: re-encoded at 256 × 256 and stored under a random public name; the previous one is
 * removed.
 */
import { fromBase64, randomBytes, toBase64, toHex } from '../crypto'
import { ApiError, invalidRequest } from './api-error'
import { assertPlain } from './read-json'
import type { Call, Route } from './route'
import type { Live, Sessions } from './sessions'
import type { Store, UserRow } from './store'
import { showUser } from './user-view'

/** Re-encodes a picture as a WebP of 256 × 256. Rejects when it is not a complete picture. */
export type DrawAvatar = (picture: Blob) => Promise<Blob>

const MAX_BYTES = 2 * 1024 * 1024
const FIELD = 'avatar'
const NAME_BYTES = 16
const TWELVE_BYTES = 12

const rejected = (): ApiError =>
  new ApiError('IMAGE_REJECTED', 'The picture must be a whole JPEG, PNG or WebP of usual size.')

/** Detects the type by the first bytes, never by a name or a header. */
async function isKnownType(picture: Blob): Promise<boolean> {
  const head = new Uint8Array(await picture.slice(0, TWELVE_BYTES).arrayBuffer())
  const hex = toHex(head)
  const isWebp = /^52494646.{8}57454250$/.test(hex)
  return isWebp || hex.startsWith('ffd8ff') || hex.startsWith('89504e470d0a1a0a')
}

/** `formData()` as browsers have it; the typings deprecate it only for servers. */
interface FormSource {
  formData(): Promise<FormData>
}

async function readForm({ body }: Call): Promise<FormData> {
  try {
    return await (body as FormSource).formData()
  } catch {
    throw invalidRequest('body', 'must be well-formed multipart/form-data')
  }
}

/** @throws ApiError INVALID_REQUEST, BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE */
async function readPicture(call: Call): Promise<Blob> {
  if (!/^multipart\/form-data\s*;/i.test(call.headers.get('content-type') ?? '')) {
    throw new ApiError('UNSUPPORTED_MEDIA_TYPE', 'The Content-Type must be multipart/form-data.')
  }
  assertPlain(call.headers)
  const [[field, file] = [], ...others] = [...(await readForm(call))]
  if (field !== FIELD || others.length > 0 || file === undefined || typeof file === 'string') {
    throw invalidRequest('body', `must hold one file in the field ${FIELD} and nothing else`)
  }
  if (file.size <= MAX_BYTES) return file
  throw new ApiError('BODY_TOO_LARGE', `The file must have at most ${MAX_BYTES} bytes.`)
}

interface AvatarDeps {
  store: Store
  sessions: Sessions
  drawAvatar: DrawAvatar
}

/** Sets a new picture name and removes the previous picture. */
function replace({ store, sessions }: AvatarDeps, live: Live, name: string | null): UserRow {
  const { user, before } = sessions.change(live, (_state, row) => {
    const replaced = row.avatarName
    row.avatarName = name
    if (name === null) row.wechatAvatarUrl = null
    return { user: row, before: replaced }
  })
  if (before !== null) store.removeAvatar(before)
  return user
}

function createUpload(deps: AvatarDeps): Route {
  const { store, drawAvatar } = deps
  return {
    method: 'POST',
    path: '/v1/me/avatar',
    auth: true,
    async handle(call, live) {
      const picture = await readPicture(call)
      if (!(await isKnownType(picture))) throw rejected()
      const drawn = await drawAvatar(picture).catch(() => {
        throw rejected()
      })
      const name = `${toHex(randomBytes(NAME_BYTES))}.webp`
      store.saveAvatar(name, toBase64(new Uint8Array(await drawn.arrayBuffer())))
      try {
        return showUser(replace(deps, live, name), call.origin)
      } catch (error) {
        store.removeAvatar(name)
        throw error
      }
    },
  }
}

function createPictureRoute({ store }: AvatarDeps): Route {
  return {
    method: 'GET',
    path: '/v1/avatars/:name',
    auth: false,
    handle({ param }) {
      const base64 = store.findAvatar(param)
      if (base64 === null) throw new ApiError('NOT_FOUND', 'There is no such picture.')
      const headers = {
        'Content-Type': 'image/webp',
        'Cache-Control': 'public, max-age=31536000, immutable',
        'X-Content-Type-Options': 'nosniff',
      }
      return Promise.resolve(new Response(fromBase64(base64), { headers }))
    },
  }
}

export function createAvatarRoutes(deps: AvatarDeps): Route[] {
  return [
    createUpload(deps),
    {
      method: 'DELETE',
      path: '/v1/me/avatar',
      auth: true,
      handle: ({ origin }, live) => Promise.resolve(showUser(replace(deps, live, null), origin)),
    },
    createPictureRoute(deps),
  ]
}
