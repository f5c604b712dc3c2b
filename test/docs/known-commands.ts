/** How each command of the pages is run, and what must hold during and after it. */
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseConfig } from '../../server/config'
import { findBrowser } from '../../scripts/lib/browser'
import { SANDBOX_MINI_PROGRAM } from '../../scripts/lib/defaults'
import { findTable, readPage, ROOT } from './pages'
import {
  APP,
  asYours,
  blockOf,
  inYourProject,
  KEYS,
  onTheServer,
  sideBySide,
  withOwnData,
} from './places'
import { answers, prints, serves, servesOn, succeeds } from './ways'
import type { Finished, Playground } from './playground'
import type { Place, Run, While } from './ways'

const makes = (file: string): Run =>
  succeeds((_end, { outside }) => {
    expect(existsSync(join(outside, '你的项目', file))).toBe(true)
  }, sideBySide)

/** A test has no terminal for answers. */
const asksWhatIsMissing: Run = async (playground, command) => {
  const { code, output } = await playground.run(command, sideBySide(playground))
  expect([code, output]).toEqual([1, expect.stringContaining('--framework native|uni-app|taro')])
}

const makesAProject = succeeds((_end, { outside }) => {
  for (const file of ['package.json', 'backend/main.mjs', 'miniprogram/auth/index.ts'])
    expect(existsSync(join(outside, 'my-own-app', file))).toBe(true)
}, sideBySide)

const makesKey = (variable: keyof typeof KEYS): Run =>
  succeeds(({ output }) => {
    const env = { ...APP, ...KEYS, [variable]: `k2:${output.trim()}` }
    expect(() => parseConfig(env)).not.toThrow()
  })

/** Logs in under the path at which the page mounts it. */
const isMounted: While = async (server, { address }) => {
  await answers(['3000', '/auth/readyz'])(server)
  const post = async (url: string, body: object) => {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
    return (await answer.json()) as Record<string, unknown>
  }
  const newCode = async (user: string) =>
    (await post(`${address('7800')}/__sandbox/login-code`, { appid: SANDBOX_MINI_PROGRAM, user }))[
      'code'
    ]
  const own = server.address('3000')
  const logIn = async (user: string, extra = {}) =>
    post(`${own}/auth/v1/login`, { code: await newCode(user), extra })
  expect(await logIn('alice')).toMatchObject({ error: { code: 'NOT_BOUND' } })
  const known = await logIn('alice', { invite: 'invite-for-hong' })
  expect(known).toMatchObject({ isNew: true, user: { id: 'member-1' } })
  const orders = await fetch(`${own}/orders`, {
    headers: { authorization: `Bearer ${String(known['token'])}` },
  })
  expect(await orders.json()).toEqual({ owner: '小红', orders: [] })
  expect((await fetch(`${own}/orders`)).status).toBe(401)
  const bind = async (user: string, password: string) =>
    post(`${own}/bind-wechat`, { id: 'member-2', password, code: await newCode(user) })
  expect(await bind('bob', 'wrong')).toEqual({ error: { code: 'WRONG_PASSWORD' } })
  expect(await bind('alice', 'open sesame')).toMatchObject({ error: { code: 'ALREADY_BOUND' } })
  expect(await bind('bob', 'open sesame')).toEqual({ bound: 'member-2' })
  expect(await logIn('bob')).toMatchObject({ isNew: false, user: { id: 'member-2' } })
}

/** Compiles it as the page says, and its last line is written although it exits at once. */
const mountsInYours: Run = async (playground, command) => {
  const place = inYourProject(playground)
  const { code, output } = await playground.run('node_modules/typescript/bin/tsc -p .', place)
  expect([code, output]).toEqual([0, ''])
  const server = playground.serve(command, place)
  await server.shows(/listening on/)
  await isMounted(server, playground)
  await server.interrupt()
  expect(server.output()).toMatch(/"route":"\/v1\/login"/)
}

const wholeStack = answers(['7800', '/'], ['7801', '/'], ['3000', '/readyz'])
const sandbox = answers(['7800', '/__sandbox/people'])
const preview = answers(['7801', '/'])

const withOtherProgram: Place = ({ project }) => {
  const fixture = join(ROOT, 'test/support/fixtures/preview-app')
  cpSync(fixture, join(project, '别的小程序文件夹'), { recursive: true })
  return {}
}

/** Needs a browser; without one, it explains how to get one. */
const countsPages =
  (then: (end: Finished, playground: Playground) => void): Run =>
  async (playground, command) => {
    const end = await playground.run(command, withOtherProgram(playground))
    if (findBrowser() === null) expect(end.output).toContain('No Chromium')
    else {
      expect([end.code, end.output]).toEqual([0, expect.stringMatching(/2 of 2 pages open/)])
      then(end, playground)
    }
  }

/** Whether it prints the calls that it answers. */
const printsCalls =
  (wanted: boolean): Run =>
  async (playground, command) => {
    const server = playground.serve(command)
    await server.shows(/WeChat sandbox: http/)
    await answers(['7800', '/sns/jscode2session'])(server)
    await server.interrupt()
    expect(server.output().includes('/sns/jscode2session')).toBe(wanted)
  }

/** A project with its own AppID needs its own domains: exit code 1 reports this. */
const findsPlaceholders =
  (then: (output: string) => void): Run =>
  async (playground, command) => {
    const { code, output } = await playground.run(command, asYours(playground))
    expect([code, output]).toEqual([1, output])
    then(output)
  }

/** Without the owner's key: the message says what is missing and where to get it. */
const asksForKey: Run = async (playground, command) => {
  const { code, output } = await playground.run(command, asYours(playground))
  expect([code, output]).toEqual([1, output])
  expect(output).toMatch(/The key for uploads is missing: .*WECHAT_UPLOAD_KEY_FILE/)
}

/** Takes minutes, or needs miniprogram-ci or the reader's own program: other tests run these. */
const elsewhere: Run = () => Promise.resolve()

export const KNOWN: Record<string, Run> = {
  'npm start': servesOn(/Ctrl-C ends/, wholeStack),
  'PORT=3010 SANDBOX_PORT=7810 PREVIEW_PORT=7811 npm start': serves(
    /Ctrl-C ends/,
    wholeStack,
    withOwnData,
  ),
  'npm test': elsewhere,
  'npm run check': elsewhere,
  "npx jest --config .config/jest.config.mjs test/unit/server/login/login.test.ts -t '标题的一部分'":
    elsewhere,
  "npx jest --config .config/jest.config.mjs test/unit/server/login/login.test.ts -t 'part of its title'":
    elsewhere,
  'npm run conform -- --url http://127.0.0.1:8080 --sandbox http://127.0.0.1:7800 --dialect miniprogram/auth/backends/ruoyi.ts --path /getInfo --avatar none --profile none':
    elsewhere,
  'npm run conform -- --client dist/client.cjs': elsewhere,
  [`curl -X POST https://api.example.com/v1/pay/orders/订单id/refunds -H "Authorization: Bearer $PAY_ADMIN_TOKEN" -H 'Content-Type: application/json' -d '{"amountFen":1,"reason":"测试退款","requestId":"refund-20261129-1"}'`]:
    elsewhere,
  [`curl -X POST http://127.0.0.1:3000/v1/pay/orders/订单id/refunds -H 'Authorization: Bearer local-admin-token-0123456789abcdef' -H 'Content-Type: application/json' -d '{"amountFen":1,"reason":"测试退款","requestId":"refund-local-1"}'`]:
    elsewhere,

  'cp -r 本项目/miniprogram/auth 你的项目/miniprogram/auth': makes('miniprogram/auth/index.ts'),
  'cp -r 本项目/server 你的项目/server': makes('server/bff.ts'),
  'mkdir -p 你的项目/typings': makes('typings'),
  'cp 本项目/typings/api.d.ts 你的项目/typings/api.d.ts': makes('typings/api.d.ts'),

  'node --env-file=.env --import tsx bff.ts': mountsInYours,

  'npm run build': succeeds((_end, { project }) => {
    for (const file of [
      'server/main.js',
      'cloud/index.js',
      'cloud/package.json',
      'create/index.js',
      'playground/index.html',
    ])
      expect(existsSync(join(project, 'dist', file))).toBe(true)
  }),
  'node 本项目/dist/create/index.js my-app': asksWhatIsMissing,
  'node 本项目/dist/create/index.js my-own-app --framework native --backend own --appid wx0123456789abcdef':
    makesAProject,
  // Belongs to the published package; test/commands/create.test.ts runs it from its tarball.
  'npm create wechat-login my-app': elsewhere,
  'npx create-wechat-login my-app --framework native --backend own --appid wx0123456789abcdef':
    elsewhere,
  'cd my-app': elsewhere,
  // A dry run from the lockfile; nothing is removed or compiled.
  'npm ci --omit=dev': (playground, command) =>
    prints(/added|removed|up to date/)(playground, `${command} --dry-run --offline`),
  'node --env-file=.env dist/server/main.js --check-config': succeeds(undefined, onTheServer),
  'node --env-file=.env dist/server/main.js': servesOn(
    /listening on/,
    answers(['3000', '/readyz'], ['9464', '/metrics']),
    onTheServer,
  ),
  "openssl rand -base64 48 | tr -d '\\n'": makesKey('JWT_SECRETS'),
  'openssl rand -base64 32': makesKey('DATA_KEYS'),
  'node --env-file=.env dist/server/backup.js backup.db': succeeds((_end, { outside }) => {
    expect(existsSync(join(outside, 'server/backup.db'))).toBe(true)
  }, onTheServer),
  'sudo DATABASE_URL=file:/var/lib/wechat-login/app.db node dist/server/backup.js /root/backup.db':
    (playground, command) =>
      succeeds((_end, { outside }) => {
        expect(existsSync(join(outside, 'server/of-root.db'))).toBe(true)
      }, onTheServer)(
        playground,
        command
          .replace('sudo ', '')
          .replace('/var/lib/wechat-login/', './data/')
          .replace('/root/backup.db', 'of-root.db'),
      ),
  'node dist/server/migrate.js --from file:/var/lib/wechat-login/app.db --to postgres://user:password@db.internal:5432/wechat_login':
    elsewhere,
  'curl -i http://127.0.0.1:3000/healthz': prints(/^HTTP\/1.1 200/m, /"status":"ok"/),
  'curl -i http://127.0.0.1:3000/readyz': prints(/^HTTP\/1.1 200/m, /"status":"ok"/),
  'curl -s http://127.0.0.1:9464/metrics': succeeds(({ output }) => {
    const told = findTable(readPage('docs/operations.md'), '指标', '意思')
    for (const [name = ''] of told) expect(output).toMatch(new RegExp(`^# TYPE ${name} `, 'm'))
  }),

  'npm run init -- --appid wx0123456789abcdef': succeeds((_end, { another }) => {
    const read = (file: string) => readFileSync(join(another('yours'), file), 'utf8')
    expect(read('project.config.json')).toContain('wx0123456789abcdef')
    expect(read('.env')).toMatch(/^WECHAT_APPID=wx0123456789abcdef$/m)
    expect(read('.env')).toMatch(/^JWT_SECRETS=k1:/m)
  }, asYours),
  'npm run package': elsewhere,
  'npm run phone': asksForKey,
  'npm run upload -- --version 1.2.3 --desc "登录更快"': asksForKey,
  // test/integration/upload/upload-function.test.ts
  'npm run upload -- --cloud prod-1a2b3c': elsewhere,
  // docs/deploy.test.ts checks the file; no test needs Docker.
  'docker compose -f docs/deploy/compose.yaml up -d --build': elsewhere,
  'npm run doctor': findsPlaceholders((output) => {
    expect(output).toMatch(/^ok +configuration /m)
    expect(output).toMatch(/^fail +baseUrl, trial /m)
    expect(output).toMatch(/ 2 to mend\.$/m)
  }),
  'npm run doctor -- --json': findsPlaceholders((output) => {
    const [json = ''] = /^\{[^]*^\}/m.exec(output) ?? []
    expect(JSON.parse(json)).toMatchObject({ ok: false })
  }),

  [String.raw`CODE=$(curl -s http://127.0.0.1:7800/__sandbox/login-code -d '{"appid":"wx5a6dbc0000000001","user":"alice"}' | sed 's/.*"code":"\([^"]*\)".*/\1/')`]:
    prints(/"openid":"o[\w-]+"/),
  [`curl -s http://127.0.0.1:7800/__sandbox/faults -d '{"path":"/sns/jscode2session","mode":"status","status":502,"times":1}'`]:
    prints(/WX_UNAVAILABLE/),
  [String.raw`CODE=$(curl -s http://127.0.0.1:7800/__sandbox/login-code -d '{"appid":"wx5a6dbc0000000001","user":"bob"}' | sed 's/.*"code":"\([^"]*\)".*/\1/')`]:
    succeeds(
      ({ output }) => expect(output).toMatch(/^openid o[\w-]{27}$/m),
      ({ project }) => {
        writeFileSync(join(project, 'login.py'), blockOf('docs/sandbox.md', 'python'))
        return {}
      },
    ),
  [`APPID=${SANDBOX_MINI_PROGRAM}`]: prints(/"session_key":"[^"]+==","openid":"o/),

  'npm run sandbox': printsCalls(true),
  'SANDBOX_PORT=7801 npm run sandbox': serves(/WeChat sandbox: http/, sandbox),
  'npm run sandbox -- --state data/sandbox.json': async (playground, command) => {
    await serves(/WeChat sandbox: http/, sandbox)(playground, command)
    expect(existsSync(join(playground.project, 'data/sandbox.json'))).toBe(true)
  },
  'npm run sandbox -- --quiet': printsCalls(false),

  'npm run preview': serves(/Preview of/, preview),
  'npm run preview -- --dir 别的小程序文件夹': serves(/Preview of/, preview, withOtherProgram),
  'npm run preview -- --dir 别的小程序文件夹 --report': countsPages(({ output }) => {
    expect(output).toContain('| 页面 |')
  }),
  'npm run preview -- --dir 别的小程序文件夹 --report 报告.md': countsPages((_end, { project }) => {
    expect(readFileSync(join(project, '报告.md'), 'utf8')).toContain('| 页面 |')
  }),
}
