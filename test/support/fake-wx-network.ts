/**
 * The fake's wx.request, uploadFile, downloadFile and wx.cloud: ten connections, success for every
 * status, abort, progress, chunked answers. A connection is occupied until WeChat has called back.
 */
import type { Backend } from '../../miniprogram/auth/index'

export interface FakeRequest {
  path: string
  method: string
  header: Record<string, string>
  /** The body as the server parses it. */
  body: Record<string, unknown>
  /** The token from where the dialect puts it; '' when absent. */
  token: string
  upload: boolean
}

export interface FakeAnswer {
  status: number
  body?: unknown
  text?: string
  header?: Record<string, string>
  /** The body in parts, each delivered separately if the client asked for chunks. */
  chunks?: Uint8Array[]
}

export interface FakeDialect {
  name: string
  /** The option for `createAuth`; absent for our own format. */
  backend?: Backend
  readRequest(request: FakeRequest): FakeRequest
  writeReply(reply: FakeAnswer, request: FakeRequest): FakeAnswer
}

/** The network's behaviour: an answer, a failure, or silence. */
export type FakeReply = FakeAnswer | { errMsg: string; errno?: number } | 'hang'

export interface Callbacks {
  success?(result: unknown): void
  fail?(failure: unknown): void
  complete?(result: unknown): void
}

export type Deliver = (label: string, run: () => void) => void

/** Records of the network. */
interface Log {
  requests: FakeRequest[]
  peak: number
  aborts: number
  /** Files that wx.downloadFile stored, by path. */
  files: Map<string, string>
  /** Whether onHeadersReceived reports the status; DevTools does not. */
  tellsStatusEarly: boolean
  dialect: FakeDialect
  api: Record<string, unknown>
}

interface NetworkOptions extends Callbacks {
  url: string
  method?: string
  header?: Record<string, string>
  data?: Record<string, unknown>
  filePath?: string
  name?: string
  formData?: Record<string, string>
  enableChunked?: boolean
  dataType?: string
}

type Api = 'request' | 'uploadFile' | 'downloadFile'
type Listener<T> = (value: T) => void

export function createNetwork(
  fake: Log,
  serve: (request: FakeRequest) => FakeReply,
  deliver: Deliver,
): object {
  let open = 0
  const connect = (api: Api, options: NetworkOptions) => {
    const onProgress: Listener<{ progress: number }>[] = []
    const onHeaders: Listener<object>[] = []
    const onChunk: Listener<{ data: ArrayBuffer }>[] = []
    let isOver = false
    const finish = (report: () => void): void => {
      if (isOver) return
      isOver = true
      open -= 1
      report()
    }
    const fail = (failure: object) => () => finish(() => options.fail?.(failure))
    const task = {
      abort() {
        if (isOver) return
        fake.aborts += 1
        deliver(`${api} abort`, fail({ errMsg: `${api}:fail abort` }))
      },
      onProgressUpdate: (listener: Listener<{ progress: number }>) =>
        void onProgress.push(listener),
      onHeadersReceived: (listener: Listener<object>) => void onHeaders.push(listener),
      onChunkReceived: (listener: Listener<{ data: ArrayBuffer }>) => void onChunk.push(listener),
    }
    open += 1
    fake.peak = Math.max(fake.peak, open)
    if (open > 10) {
      deliver(api, fail({ errMsg: `${api}:fail exceed max task count`, errno: 600007 }))
      return task
    }
    const request = fake.dialect.readRequest(parseRequest(options, api === 'uploadFile'))
    const label = `${request.method} ${request.path}`
    const answer = (given: FakeAnswer): void => {
      const { status, header = {}, chunks = [] } = given
      const headers = { 'Content-Type': 'application/json', ...header }
      const told = { header: headers, ...(fake.tellsStatusEarly && { statusCode: status }) }
      if (!isOver) onHeaders.forEach((listener) => listener(told))
      if (options.enableChunked) {
        const parts = chunks.length > 0 ? chunks : [new TextEncoder().encode(textOf(given))]
        parts.forEach((part, index) =>
          deliver(`${label} part ${index}`, () => {
            if (!isOver) onChunk.forEach((listener) => listener({ data: part.slice().buffer }))
          }),
        )
      }
      deliver(`${label} ends`, () =>
        finish(() => options.success?.(parseAnswer(fake, api, options, given, headers))),
      )
    }
    deliver(`${label} arrives`, () => {
      if (isOver) return
      fake.requests.push(request)
      onProgress.forEach((listener) => listener({ progress: 100 }))
      const reply = serve(request)
      if (reply === 'hang') return
      if ('errMsg' in reply) deliver(`${label} fails`, fail(reply))
      else if (options.enableChunked) answer(fake.dialect.writeReply(reply, request))
      else {
        const { status, header, ...rest } = fake.dialect.writeReply(reply, request)
        const given = { status, header: { 'Content-Type': 'application/json', ...header }, ...rest }
        deliver(`${label} answers`, () => {
          onHeaders.forEach((listener) => listener({ header: given.header }))
          finish(() => options.success?.(parseAnswer(fake, api, options, given, given.header)))
        })
      }
    })
    return task
  }
  const send = (options: NetworkOptions): unknown => connect('request', options)
  return {
    request: send,
    uploadFile: (options: NetworkOptions) => connect('uploadFile', { ...options, method: 'POST' }),
    downloadFile: (options: NetworkOptions) => connect('downloadFile', options),
    getFileSystemManager: () => ({
      readFileSync(path: string) {
        const text = fake.files.get(path)
        if (text === undefined) throw new Error(`readFileSync:fail no such file ${path}`)
        return text
      },
    }),
    // Through the api, so that a test that replaces wx.request also sees cloud calls.
    cloud: createCloud((options) => (fake.api['request'] as typeof send)(options)),
  }
}

/** wx.cloud over the same network: a cloud call can't be aborted and returns no task. */
function createCloud(request: (options: NetworkOptions) => unknown): object {
  let isInitialised = false
  const assertInitialised = (): void => {
    if (!isInitialised) throw new Error('Cloud API is not enabled, please call wx.cloud.init first')
  }
  return {
    init: () => void (isInitialised = true),
    callContainer(options: NetworkOptions & { path: string }) {
      assertInitialised()
      const { 'X-WX-SERVICE': service, ...header } = options.header ?? {}
      if (!service) throw new Error('callContainer:fail service not found')
      request({ ...options, header, url: `https://cloud.test${options.path}` })
    },
    callFunction(options: NetworkOptions & { data: { path: string } & NetworkOptions }) {
      assertInitialised()
      const { path, method = 'GET', header = {}, data = {} } = options.data
      request({
        url: `https://cloud.test${path}`,
        method,
        header,
        data,
        success: (result) => options.success?.({ result, errMsg: 'cloud.callFunction:ok' }),
        fail: (failure) => options.fail?.(failure),
      })
    },
  }
}

function parseRequest(options: NetworkOptions, upload: boolean): FakeRequest {
  const { url, method = 'GET', header = {}, data = {}, filePath, name, formData } = options
  return {
    path: url.replace(/^(https?|wss?):\/\/[^/]+/, ''),
    method,
    header,
    body: upload ? { filePath, name, ...formData } : data,
    token: '',
    upload,
  }
}

function textOf({ text, body, chunks }: FakeAnswer): string {
  if (chunks) return new TextDecoder().decode(Buffer.concat(chunks))
  return text ?? (body === undefined ? '' : JSON.stringify(body))
}

/** wx.request parses JSON and returns other bodies as text; wx.uploadFile never parses. */
function parseAnswer(
  fake: Log,
  api: Api,
  options: NetworkOptions,
  given: FakeAnswer,
  header: Record<string, string>,
) {
  const text = textOf(given)
  const answer = { statusCode: given.status, header, errMsg: `${api}:ok` }
  if (api === 'downloadFile') {
    const path = options.filePath ?? `wxfile://tmp/${fake.files.size + 1}`
    fake.files.set(path, text)
    const { statusCode, errMsg } = answer
    return {
      statusCode,
      errMsg,
      ...(options.filePath ? { filePath: path } : { tempFilePath: path }),
    }
  }
  if (options.enableChunked) return { ...answer, data: '' }
  if (api === 'uploadFile' || options.dataType === 'text') return { ...answer, data: text }
  try {
    return { ...answer, data: JSON.parse(text) as unknown }
  } catch {
    return { ...answer, data: text }
  }
}
