/**
 * `wx.request` (whole or chunked), `wx.uploadFile`, `wx.downloadFile`, and the network status APIs.
 * https://developers.weixin.qq.com/miniprogram/dev/api/network/request/wx.request.html
 */
import { addTemporaryFile, findTemporaryFile, saveFile } from '../pictures'
import { onSettingsChange, settings } from '../settings'
import { ApiFailure, createApi, textOption, type Options } from './call'
import type { ApiGroup, WxContext } from './context'
import { exchange, headersOf, joinHeaders, timeoutOf, type Head } from './exchange'
import { encodeData } from './request-data'
import { createTask } from './task'

type Listener = (value: object) => void

/** The body, parsed according to `dataType` and `responseType`. */
export function decode(content: ArrayBuffer, options: Options): unknown {
  if (options['responseType'] === 'arraybuffer') return content
  const text = new TextDecoder().decode(content)
  if (textOption(options, 'dataType', 'json') !== 'json') return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Status, headers and cookies in WeChat's format. */
export function describeHead({ status, headers }: Head) {
  const cookies = headers.filter(([name]) => name.toLowerCase() === 'set-cookie')
  return {
    statusCode: status,
    header: joinHeaders(headers),
    cookies: cookies.map(([, value]) => value),
  }
}

function request(context: WxContext, options: Options) {
  return createTask('request', options, async (signal, notify) => {
    const method = textOption(options, 'method', 'GET').toUpperCase()
    const headers: Record<string, string> = {
      'content-type': 'application/json',
      ...headersOf(context, options),
    }
    const data = encodeData(textOption(options, 'url'), method, headers, options['data'])
    const isChunked = options['enableChunked'] === true
    const answer = await exchange({
      ...data,
      method,
      headers,
      timeoutMs: timeoutOf(context, 'request', options),
      signal,
      shown: options['data'],
      onHead: (head) => notify('headers', describeHead(head)),
      onChunk: (chunk) => {
        if (isChunked) notify('chunk', { data: chunk })
      },
    })
    // Listeners have already received the chunks.
    return { data: isChunked ? '' : decode(answer.content, options), ...describeHead(answer) }
  })
}

function createForm(options: Options): { form: FormData; shown: object; size: number } {
  const path = textOption(options, 'filePath')
  const file = findTemporaryFile(path)
  if (file === null) throw new ApiFailure(`file doesn't exist: ${path}`)
  const form = new FormData()
  const fields = (options['formData'] ?? {}) as Record<string, unknown>
  for (const [name, value] of Object.entries(fields)) form.append(name, String(value))
  form.append(textOption(options, 'name'), file, path.split('/').at(-1) ?? 'file')
  return { form, shown: { file: path, bytes: file.size, ...fields }, size: file.size }
}

function uploadFile(context: WxContext, options: Options) {
  return createTask('uploadFile', options, async (signal, notify) => {
    const { form, shown, size } = createForm(options)
    const headers = headersOf(context, options)
    delete headers['content-type']
    const onPercent = (progress: number): void => {
      const totalBytesSent = Math.round((size * progress) / 100)
      notify('progress', { progress, totalBytesSent, totalBytesExpectedToSend: size })
    }
    onPercent(0)
    const timeoutMs = timeoutOf(context, 'uploadFile', options)
    const url = textOption(options, 'url')
    const sending = { url, method: 'POST', headers, content: form, timeoutMs, signal, shown }
    const onHead = (head: Head): void => notify('headers', describeHead(head))
    const answer = await exchange({ ...sending, onHead, onPercent })
    onPercent(100)
    const data = new TextDecoder().decode(answer.content)
    return { data, statusCode: answer.status, header: joinHeaders(answer.headers) }
  })
}

const findSize = ({ headers }: Head): number =>
  Number(headers.find(([name]) => name.toLowerCase() === 'content-length')?.[1] ?? 0)

/** Reports download progress; without a Content-Length the size is unknown until the end. */
function createProgress(notify: (event: string, value: object) => void) {
  let total = 0
  let written = 0
  return {
    onHead(head: Head): void {
      total = findSize(head)
      notify('headers', describeHead(head))
    },
    onChunk(chunk: ArrayBuffer): void {
      written += chunk.byteLength
      const progress = total === 0 ? 0 : Math.floor((100 * written) / total)
      const sizes = { totalBytesWritten: written, totalBytesExpectedToWrite: total }
      notify('progress', { progress, ...sizes })
    },
  }
}

/**
 * Every status counts as success with the body in a file, as in WeChat: the caller checks
 * statusCode.
 */
function downloadFile(context: WxContext, options: Options) {
  return createTask('downloadFile', options, async (signal, notify) => {
    const url = textOption(options, 'url')
    const timeoutMs = timeoutOf(context, 'downloadFile', options)
    const headers = headersOf(context, options)
    const sending = { url, method: 'GET', headers, timeoutMs, signal, shown: null }
    const answer = await exchange({ ...sending, ...createProgress(notify) })
    const content = new Blob([answer.content])
    const head = { statusCode: answer.status, header: joinHeaders(answer.headers) }
    const filePath = textOption(options, 'filePath')
    if (filePath !== '') {
      if (!saveFile(filePath, content)) throw new ApiFailure(`permission denied, open ${filePath}`)
      return { filePath, ...head }
    }
    const extension = /\.(\w+)$/.exec(new URL(url).pathname)?.[1] ?? 'bin'
    return { tempFilePath: addTemporaryFile(content, extension), ...head }
  })
}

function networkState(): { isConnected: boolean; networkType: string } {
  const isConnected = settings.network !== 'offline'
  const online = settings.network === 'slow' ? '3g' : 'wifi'
  return { isConnected, networkType: isConnected ? online : 'none' }
}

/** All APIs that send, and the network status APIs. */
export function createNetworkApis(context: WxContext): ApiGroup {
  const listeners = new Set<Listener>()
  onSettingsChange((_settings, changed) => {
    if (changed !== 'network') return
    for (const listener of listeners) listener(networkState())
  })
  return {
    request: (options: Options) => request(context, options),
    uploadFile: (options: Options) => uploadFile(context, options),
    downloadFile: (options: Options) => downloadFile(context, options),
    getNetworkType: createApi('getNetworkType', () => ({ ...networkState(), signalStrength: 80 })),
    onNetworkStatusChange: (listener: Listener) => listeners.add(listener),
    offNetworkStatusChange: (listener?: Listener) => {
      if (listener === undefined) listeners.clear()
      else listeners.delete(listener)
    },
  }
}
