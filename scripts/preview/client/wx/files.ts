/**
 * `wx.getFileSystemManager`: each method of the table exists with callbacks and, synchronously,
 * with the suffix `Sync`.
 * https://developers.weixin.qq.com/miniprogram/dev/api/file/FileSystemManager.html
 */
import { findTemporaryFile, USER_DATA_PATH } from '../pictures'
import { reportGap } from '../reports'
import { ApiFailure, createApi, textOption, type Options, type Work } from './call'
import type { ApiGroup } from './context'
import { exists, listNames, readBytes, removeBytes, writeBytes } from './file-store'

type SyncWork = (options: Options) => object | undefined

const toText = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')

const encodings: Record<string, (bytes: Uint8Array<ArrayBuffer>) => string> = {
  utf8: (bytes) => new TextDecoder().decode(bytes),
  'utf-8': (bytes) => new TextDecoder().decode(bytes),
  base64: (bytes) => btoa(toText(bytes)),
  hex: (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(''),
  binary: toText,
  ascii: toText,
  latin1: toText,
}

function encode(bytes: Uint8Array<ArrayBuffer>, encoding: string): string | ArrayBuffer {
  if (encoding === '') return bytes.buffer
  const use = encodings[encoding]
  if (use === undefined) throw new ApiFailure(`invalid encoding "${encoding}"`)
  return use(bytes)
}

function decode(data: unknown, encoding: string): BlobPart {
  if (data instanceof ArrayBuffer) return data
  const text = String(data)
  if (encoding !== 'base64') return text
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}

const describe = (path: string) => {
  const isFolder = findTemporaryFile(path) === null && listNames(path).length > 0
  const size = isFolder ? 0 : readBytes(path).length
  return { size, mode: 0, isFile: () => !isFolder, isDirectory: () => isFolder }
}

function copy(options: Options, from: string, to: string): undefined {
  writeBytes(textOption(options, to), readBytes(textOption(options, from)))
  return undefined
}

function save(options: Options): object {
  const temporary = textOption(options, 'tempFilePath')
  const name = temporary.split('/').at(-1) ?? 'file'
  const savedFilePath = textOption(options, 'filePath', `${USER_DATA_PATH}/store/${name}`)
  writeBytes(savedFilePath, readBytes(temporary))
  removeBytes(temporary)
  return { savedFilePath }
}

interface Method {
  /** The parameters of the `Sync` form, in order. */
  parameters: string[]
  work: SyncWork
  /** The field of the result that the `Sync` form returns; the whole result when none is named. */
  answers?: string
}

const nothing = (work: (options: Options) => void): SyncWork => {
  return (options) => {
    work(options)
    return undefined
  }
}

const pathOf = (options: Options, name = 'filePath'): string => textOption(options, name)

const methods: Record<string, Method> = {
  readFile: {
    parameters: ['filePath', 'encoding'],
    work: (options) => ({
      data: encode(readBytes(pathOf(options)), textOption(options, 'encoding')),
    }),
    answers: 'data',
  },
  writeFile: {
    parameters: ['filePath', 'data', 'encoding'],
    work: nothing((options) =>
      writeBytes(pathOf(options), decode(options['data'], textOption(options, 'encoding'))),
    ),
  },
  appendFile: {
    parameters: ['filePath', 'data', 'encoding'],
    work: nothing((options) => {
      const added = decode(options['data'], textOption(options, 'encoding'))
      const before = readBytes(pathOf(options))
      writeBytes(pathOf(options), new Blob([before, added]))
    }),
  },
  access: {
    parameters: ['path'],
    work: nothing((options) => {
      const path = pathOf(options, 'path')
      if (!exists(path)) throw new ApiFailure(`no such file or directory, access ${path}`)
    }),
  },
  unlink: {
    parameters: ['filePath'],
    work: nothing((options) => removeBytes(pathOf(options))),
  },
  copyFile: {
    parameters: ['srcPath', 'destPath'],
    work: (options) => copy(options, 'srcPath', 'destPath'),
  },
  rename: {
    parameters: ['oldPath', 'newPath'],
    work: nothing((options) => {
      copy(options, 'oldPath', 'newPath')
      removeBytes(pathOf(options, 'oldPath'))
    }),
  },
  // Folders exist as soon as they contain a file.
  mkdir: { parameters: ['dirPath', 'recursive'], work: nothing(() => undefined) },
  rmdir: { parameters: ['dirPath', 'recursive'], work: nothing(() => undefined) },
  readdir: {
    parameters: ['dirPath'],
    work: (options) => ({ files: listNames(pathOf(options, 'dirPath')) }),
    answers: 'files',
  },
  stat: {
    parameters: ['path', 'recursive'],
    work: (options) => ({ stats: describe(pathOf(options, 'path')) }),
    answers: 'stats',
  },
  saveFile: { parameters: ['tempFilePath', 'filePath'], work: save, answers: 'savedFilePath' },
}

/** Methods that only exist with callbacks. */
const asyncOnly: Record<string, Work> = {
  getFileInfo: (options) => ({ size: readBytes(pathOf(options)).length }),
  removeSavedFile: (options) => {
    removeBytes(pathOf(options))
    return undefined
  },
  getSavedFileList: () => ({
    fileList: listNames(`${USER_DATA_PATH}/store`).map((name) => {
      const filePath = `${USER_DATA_PATH}/store/${name}`
      return { filePath, size: readBytes(filePath).length, createTime: 0 }
    }),
  }),
}

function createSync(name: string, { parameters, work, answers }: Method) {
  return (...values: unknown[]): unknown => {
    const options = Object.fromEntries(parameters.map((key, index) => [key, values[index]]))
    try {
      const result = work(options)
      return answers === undefined ? result : (result as Options)[answers]
    } catch (error) {
      throw error instanceof ApiFailure ? new Error(`${name}Sync:fail ${error.message}`) : error
    }
  }
}

function createManager(): object {
  const built: ApiGroup = {}
  for (const [name, method] of Object.entries(methods)) {
    built[name] = createApi(name, method.work)
    built[`${name}Sync`] = createSync(name, method)
  }
  for (const [name, work] of Object.entries(asyncOnly)) built[name] = createApi(name, work)
  return new Proxy(built, {
    get(target, name) {
      if (typeof name === 'symbol' || name in target || name === 'then') {
        return target[String(name)]
      }
      return () => reportGap(`FileSystemManager.${name}`)
    },
  })
}

/** The file APIs: the manager, and the old ones directly on `wx`. */
export function createFileApis(): ApiGroup {
  const manager = createManager()
  return {
    getFileSystemManager: () => manager,
    saveFile: createApi('saveFile', save),
    ...Object.fromEntries(
      Object.entries(asyncOnly).map(([name, work]) => [name, createApi(name, work)]),
    ),
  }
}
