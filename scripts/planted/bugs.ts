/**
 * Twelve mistakes that login servers are known for. Each is a small exact change to the sources, with
 * the test that must catch it and what that test must then say.
 */

export interface Edit {
  file: string
  /** Stands in the file exactly once. */
  find: string
  replace: string
}

export interface Bug {
  name: string
  edits: readonly Edit[]
  /** The test's full name: its describe() blocks and its own, with blanks between. */
  test: { file: string; name: string }
  /** Part of the assertion that must fail, so that no other failure counts as caught. */
  failsWith: RegExp
}

const GROUP_COMMIT = 'server/store/sqlite/group-commit.ts'
const SESSIONS = 'server/sessions/sessions.ts'
const TOKEN = 'server/sessions/token.ts'
const TRANSPORT = 'server/wechat/transport.ts'

/** axios as it comes, with the adapter for Node and what that one does by itself. */
const PLAIN_AXIOS: Edit = {
  file: TRANSPORT,
  find: 'new Axios({ adapter: undiciAdapter(pool) })',
  replace:
    "new Axios({ adapter: 'http', baseURL: baseUrl, maxRedirects: 5, transformResponse: [], validateStatus: () => true })",
}

const storage: readonly Bug[] = [
  {
    name: 'acknowledge before commit',
    edits: [
      {
        file: GROUP_COMMIT,
        find: 'for (const { run } of batch) results.push(run())',
        replace: 'for (const { run, resolve } of batch) resolve(run())',
      },
    ],
    test: {
      file: 'test/server/sqlite-store.test.ts',
      name: 'GroupCommit acknowledges nothing whose commit fails',
    },
    failsWith: /Received promise resolved instead of rejected/,
  },
  {
    name: 'synchronous NORMAL',
    edits: [
      {
        file: 'server/store/sqlite/open.ts',
        find: 'not FULL`)\n  }\n',
        replace: "not FULL`)\n  }\n  db.pragma('synchronous = NORMAL')\n",
      },
    ],
    test: {
      file: 'test/server/sqlite-store.test.ts',
      name: 'openDatabase runs with FULL in WAL mode, and migrates once',
    },
    failsWith: /Expected: 2\s+Received: 1/,
  },
  {
    name: 'find-then-insert',
    edits: [
      {
        file: 'server/store/sqlite/sqlite-store.ts',
        find: "login: (write) => writer.write('login', write),",
        replace: `async login(write) {
      const find = db.prepare('SELECT 1 FROM identities WHERE appid = ? AND openid = ?')
      const isNew = find.get(write.appid, write.openid) === undefined
      return { ...(await writer.write('login', write)), isNew }
    },`,
      },
    ],
    test: {
      file: 'test/suites/stores.test.ts',
      name: 'SQLite login makes one user of many first logins at once',
    },
    failsWith: /Expected length: 1\s+Received length: 20/,
  },
]

const wechat: readonly Bug[] = [
  {
    name: 'no deadline',
    edits: [
      {
        file: 'server/wechat/call.ts',
        find: 'transport.send(call, leftMs)',
        replace: 'transport.send(call, 3_600_000)',
      },
    ],
    test: {
      file: 'test/server/login.test.ts',
      name: 'WeChat in trouble a slow-body ends at the deadline',
    },
    failsWith: /still waiting/,
  },
  {
    name: 'code sent twice',
    edits: [
      {
        file: 'server/login/login.ts',
        find: 'return reserveOnce(spentCodes, appid, code).then(exchange)',
        replace: 'return exchange()',
      },
    ],
    test: {
      file: 'test/server/login.test.ts',
      name: 'a code that is no good answers WX_CODE_USED the second time, without asking WeChat again',
    },
    failsWith: /Expected: 1\s+Received: 2/,
  },
  {
    name: 'no breaker',
    edits: [
      {
        file: 'server/wechat/guard.ts',
        find: 'return breaker.execute(() => see(call))',
        replace: 'return see(call)',
      },
    ],
    test: {
      file: 'test/server/limits.test.ts',
      name: 'the breaker opens after five failures in a row, lets one through after 5 s, and closes on success',
    },
    failsWith: /Expected: "open"\s+Received: "closed"/,
  },
  {
    name: 'redirects followed',
    edits: [PLAIN_AXIOS],
    test: {
      file: 'test/server/login.test.ts',
      name: 'WeChat in trouble follows no redirect: its target sees nothing',
    },
    failsWith: /Expected: 0\s+Received: 1/,
  },
  {
    name: 'AxiosError logged',
    edits: [
      PLAIN_AXIOS,
      {
        file: TRANSPORT,
        find: 'throw asTransportError(error)',
        replace: 'console.error(error)\n        throw asTransportError(error)',
      },
    ],
    test: {
      file: 'test/server/main.test.ts',
      name: 'writes no AppSecret and no code while WeChat fails',
    },
    failsWith: /sandbox-secret-/,
  },
]

const border: readonly Bug[] = [
  {
    name: 'algorithm not pinned',
    edits: [
      { file: TOKEN, find: "alg: z.literal('HS256')", replace: 'alg: z.string()' },
      { file: TOKEN, find: "algorithms: ['HS256']", replace: '' },
    ],
    test: {
      file: 'test/server/token-rules.test.ts',
      name: 'refuses tricks with the algorithm',
    },
    failsWith: /"alg HS384",\s+.*"accepted/,
  },
  {
    name: 'logout not persisted',
    edits: [
      {
        file: SESSIONS,
        find: '  return {\n    async authenticate(token) {\n',
        replace: '  const ended = new Set<string>()\n  return {\n    async authenticate(token) {\n',
      },
      {
        file: SESSIONS,
        find: 'if (live === null) {',
        replace: 'if (live === null || ended.has(live.session.id)) {',
      },
      {
        file: SESSIONS,
        find: 'await store.endSession(session.id, session.userId)',
        replace: 'ended.add(session.id)',
      },
    ],
    test: {
      file: 'test/server/me.test.ts',
      name: 'POST /v1/logout ends this session at once, on disk, and no other',
    },
    failsWith: /toHaveLength/,
  },
  {
    name: 'proxy header trusted',
    edits: [
      {
        file: 'server/http/client-address.ts',
        find: 'trustProxy > 0 ? forwarded(req).at(-trustProxy) : undefined',
        replace: 'forwarded(req).at(-Math.max(1, trustProxy))',
      },
    ],
    test: {
      file: 'test/server/limits.test.ts',
      name: 'the client address is the socket’s, whatever a client claims, when there is no proxy',
    },
    failsWith: /Expected: "1\.1\.1\.1"\s+Received: "2\.2\.2\.2"/,
  },
]

const client: readonly Bug[] = [
  {
    name: 'late 401 deletes the session',
    edits: [
      {
        file: 'miniprogram/auth/session.ts',
        find: 'if (held?.token === token) {',
        replace: 'if (held) {',
      },
    ],
    test: {
      file: 'test/auth/recovery.test.ts',
      name: '401 that comes after the new login harms nothing: sent again with the present token, no login',
    },
    failsWith: /Expected length: 2\s+Received length: 3/,
  },
]

export const BUGS: readonly Bug[] = [...storage, ...wechat, ...border, ...client]
