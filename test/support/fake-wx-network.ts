/** wx.request and wx.uploadFile of the fake: ten connections, success for every status, abort, progress. */
export interface FakeRequest {
  path: string
  method: string
  header: Record<string, string>
  /** The body as the server parses it. */
  body: Record<string, unknown>
  /** `Authorization` without its scheme; empty when absent. */
  token: string
  upload: boolean
}

/** What the network does: an answer, a failure, or silence. */
export type FakeReply =
  | { status: number; body?: unknown; text?: string; header?: Record<string, string> }
  | { errMsg: string; errno?: number }
  | 'hang'

export interface Callbacks {
  success?(result: unknown): void
  fail?(failure: unknown): void
  complete?(result: unknown): void
}

export type Deliver = (label: string, run: () => void) => void

/** What the network notes as it goes. */
interface Log {
  requests: FakeRequest[]
  peak: number
  aborts: number
}

interface NetworkOptions extends Callbacks {
  url: string
  method?: string
  header?: Record<string, string>
  data?: Record<string, unknown>
  filePath?: string
  name?: string
  formData?: Record<string, string>
}

export function createNetwork(
  fake: Log,
  serve: (request: FakeRequest) => FakeReply,
  deliver: Deliver,
): object {
  let open = 0
  const connect = (options: NetworkOptions, upload: boolean) => {
    const name = upload ? 'uploadFile' : 'request'
    const progress: ((update: { progress: number }) => void)[] = []
    let done = false
    const finish = (report: () => void): void => {
      if (done) return
      done = true
      open -= 1
      report()
    }
    const fail = (failure: object) => () => finish(() => options.fail?.(failure))
    const task = {
      abort() {
        fake.aborts += 1
        const failure = { errMsg: `${name}:fail abort` }
        finish(() => deliver(`${name} abort`, () => options.fail?.(failure)))
      },
      onProgressUpdate: (listener: (update: { progress: number }) => void) =>
        void progress.push(listener),
    }
    open += 1
    fake.peak = Math.max(fake.peak, open)
    if (open > 10) {
      deliver(name, fail({ errMsg: `${name}:fail exceed max task count`, errno: 600007 }))
      return task
    }
    const request = parseRequest(options, upload)
    const label = `${request.method} ${request.path}`
    deliver(`${label} arrives`, () => {
      fake.requests.push(request)
      progress.forEach((listener) => listener({ progress: 100 }))
      const reply = serve(request)
      if (reply === 'hang') return
      deliver(`${label} answers`, () => {
        if ('errMsg' in reply) fail(reply)()
        else finish(() => options.success?.(parseAnswer(reply, upload)))
      })
    })
    return task
  }
  return {
    request: (options: NetworkOptions) => connect(options, false),
    uploadFile: (options: NetworkOptions) => connect({ ...options, method: 'POST' }, true),
  }
}

function parseRequest(options: NetworkOptions, upload: boolean): FakeRequest {
  const { url, method = 'GET', header = {}, data = {}, filePath, name, formData } = options
  const authorization = Object.entries(header).find(([key]) => /^authorization$/i.test(key))?.[1]
  return {
    path: url.replace(/^https?:\/\/[^/]+/, ''),
    method,
    header,
    body: upload ? { filePath, name, ...formData } : data,
    token: authorization?.replace(/^Bearer /, '') ?? '',
    upload,
  }
}

/** wx.request parses what is JSON and hands over what isn't as text; wx.uploadFile never parses. */
function parseAnswer(reply: Exclude<FakeReply, string | { errMsg: string }>, upload: boolean) {
  const text = reply.text ?? (reply.body === undefined ? '' : JSON.stringify(reply.body))
  const header = { 'Content-Type': 'application/json', ...reply.header }
  const answer = { statusCode: reply.status, header, errMsg: 'request:ok' }
  if (upload) return { ...answer, data: text }
  try {
    return { ...answer, data: JSON.parse(text) as unknown }
  } catch {
    return { ...answer, data: text }
  }
}
