/** What the contract tests need of a service: requests, WeChat behind it, and its clock. */
import type { TestBff } from '../bff'

export type ContractHost = Pick<
  TestBff,
  'call' | 'send' | 'get' | 'login' | 'newCode' | 'control' | 'callsTo' | 'clock' | 'stop'
>

export type StartHost = () => Promise<ContractHost>

/**
 * A new service for each test of the suite; the returned object always refers to the current one.
 */
export function useHost(start: StartHost): () => ContractHost {
  let host: ContractHost
  beforeEach(async () => {
    host = await start()
  })
  afterEach(() => host.stop())
  return () => host
}

/** One service for all tests of a suite that leaves no state behind. */
export function useSharedHost(start: StartHost): () => ContractHost {
  let host: ContractHost
  beforeAll(async () => {
    host = await start()
  })
  afterAll(() => host.stop())
  return () => host
}

/** Status and code of an error. */
export const refusalOf = ({ status, body }: { status: number; body: unknown }): unknown[] => [
  status,
  (body as { error?: { code?: string } } | undefined)?.error?.code,
]
