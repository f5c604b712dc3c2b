/**
 * The fake WeChat and the fake BFF of the tests, run from their files: the same for everything that is
 * measured. Answers come in a later microtask, so that no waiting is measured.
 */
import { bundleSource, compile } from './bundle'

/** What is used of test/support/fake-wx. */
export interface FakeWx {
  api: Record<string, (...parameters: never[]) => unknown>
  requests: { path: string }[]
  loginsAtMs: number[]
  storage: Map<string, unknown>
}

/** What is used of test/support/fake-wx-server. */
export interface FakeServer {
  serve: (request: unknown) => unknown
  tokens: Set<string>
}

interface Fakes {
  createFakeWx: (options: object) => FakeWx
  createFakeServer: () => FakeServer
}

export interface World {
  wx: FakeWx
  server: FakeServer
}

/** Members that other libraries want to see before they do anything. */
const askedByPeers = {
  downloadFile: () => undefined,
  onAppShow: () => undefined,
  onAppHide: () => undefined,
  onNetworkStatusChange: () => undefined,
  getNetworkType: ({ success }: { success: (answer: object) => void }) =>
    success({ networkType: 'wifi' }),
}

/** Makes worlds; each has an empty phone and an empty server. */
export async function readFakes(): Promise<() => World> {
  const { code } = await bundleSource(`
    export { createFakeWx } from '../../test/support/fake-wx'
    export { createFakeServer } from '../../test/support/fake-wx-server'
  `)
  const { createFakeWx, createFakeServer } = compile(code)() as Fakes
  const deliver = (_label: string, run: () => void): void => queueMicrotask(run)
  return () => {
    const server = createFakeServer()
    const wx = createFakeWx({ serve: server.serve, deliver })
    Object.assign(wx.api, askedByPeers)
    return { wx, server }
  }
}
