/**
 * docs/errors.md and docs/operations.md list every code, every errcode and every variable, and no
 * others.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import * as ts from 'typescript'
import { createAuth, userMessage } from '../../miniprogram/auth/index'
import { parseConfig } from '../../server/config'
import { STATUS_OF } from '../../server/errors'
import { parseWebSettings } from '../../server/web/config'
import { meaningOf } from '../../server/wechat/errcodes'
import { parseEnvKeys } from './env-keys'
import { findTable, readPage, ROOT } from './pages'

const errors = readPage('docs/errors.md')
const AUTH = join(ROOT, 'miniprogram/auth')

/** Every string literal in the login library, except in comments. */
function literalsOfAuth(): string[] {
  const files = readdirSync(AUTH, { recursive: true, encoding: 'utf8' })
  return files
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => {
      const source = readFileSync(join(AUTH, name), 'utf8')
      const found: string[] = []
      const visit = (node: ts.Node): void => {
        if (ts.isStringLiteral(node)) found.push(node.text)
        ts.forEachChild(node, visit)
      }
      visit(ts.createSourceFile(name, source, ts.ScriptTarget.ES2020))
      return found
    })
}

/** `AuthErrorKind` as errors.ts declares it. */
function kindsOfAuth(): string[] {
  const source = readFileSync(join(AUTH, 'errors.ts'), 'utf8')
  const [, union = ''] = /type AuthErrorKind =([^\n]*\n[^\n]*)/.exec(source) ?? []
  return [...union.matchAll(/'([a-z-]+)'/g)].map(([, kind = '']) => kind)
}

const sorted = (values: Iterable<string>): string[] => [...values].sort()

describe('docs/errors.md', () => {
  const ofServer = findTable(errors, '错误码', '状态', '用户看到')
  const ofKinds = findTable(errors, 'kind', '用户看到')
  const ofClient = findTable(errors, 'code', 'kind', '用户看到')
  const ofWechat = findTable(errors, 'errcode', '意思', '对外')

  it('has each code of the server with its status', () => {
    const told = Object.fromEntries(ofServer.map(([code, status]) => [code, Number(status)]))
    expect(told).toEqual(STATUS_OF)
    expect(ofServer).toHaveLength(Object.keys(STATUS_OF).length)
  })

  it('has each kind and each code of the login library', () => {
    expect(sorted(ofKinds.map(([kind = '']) => kind))).toEqual(sorted(kindsOfAuth()))
    const isCode = (text: string) => /^[A-Z]+(_[A-Z]+)+$/.test(text) && !(text in STATUS_OF)
    expect(sorted(ofClient.map(([code = '']) => code))).toEqual(
      sorted(new Set(literalsOfAuth().filter(isCode))),
    )
  })

  it('quotes the sentence that the user sees', () => {
    for (const [code = '', , seen] of ofServer) {
      expect([code, userMessage({ kind: 'api', code })]).toEqual([code, seen])
    }
    for (const [code = '', kind, seen] of ofClient) {
      expect([code, userMessage({ kind, code })]).toEqual([code, seen])
    }
    for (const [kind, seen] of ofKinds) expect([kind, userMessage({ kind })]).toEqual([kind, seen])
  })

  it('has each errcode of WeChat with its own meaning', () => {
    const told = ofWechat
      .slice(0, -1)
      .flatMap(([errcodes = '', , code = '']) =>
        errcodes.split('、').map((errcode): [string, string] => [errcode, code]),
      )
    const unknown = meaningOf(0)
    const known = Array.from({ length: 100_000 }, (_, errcode) => errcode)
      .filter((errcode) => meaningOf(errcode) !== unknown)
      .map((errcode): [string, string] => [String(errcode), meaningOf(errcode).code])
    expect(told.sort()).toEqual(known.sort())
    expect(ofWechat.at(-1)?.[2]).toBe(unknown.code)
  })
})

describe('the environment variables', () => {
  const rows = findTable(readPage('docs/operations.md'), '变量', '默认', '说明')
  const example = readFileSync(join(ROOT, '.env.example'), 'utf8')
  const ofTools = ['SANDBOX_PORT', 'PREVIEW_PORT']

  it('are in docs/operations.md and in .env.example, and there are no others', () => {
    const keys = sorted([...parseEnvKeys(), ...ofTools])
    expect(sorted(rows.map(([name = '']) => name))).toEqual(keys)
    const named = [...example.matchAll(/^#?([A-Z0-9_]+)=/gm)].map(([, name = '']) => name)
    // Read by the upload withLock: docs/release.md.
    expect(sorted(new Set(named))).toEqual(sorted([...keys, 'WECHAT_UPLOAD_KEY_FILE']))
  })

  it('have the defaults that the page states', () => {
    const needed = {
      WECHAT_APPID: 'wx0123456789abcdef',
      WECHAT_APPSECRET: 'f00dfeedf00dfeed',
      JWT_SECRETS: 'k1:Xk3vN8qLw2ZrT7yB5mHc9PdFgJsAe4Uo',
      DATA_KEYS: `k1:${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`,
    }
    const read = (env: NodeJS.ProcessEnv) => [
      parseConfig({ ...needed, ...env }),
      parseWebSettings(env, (name, message) => {
        throw new Error(`${name}: ${message}`)
      }),
    ]
    const named = rows.filter(([name = '', value]) => value !== '' && !ofTools.includes(name))
    expect(named.length).toBeGreaterThan(8)
    for (const [name = '', value] of named) {
      expect([name, read({ [name]: value })]).toEqual([name, read({})])
    }
  })
})

describe('docs/copy-auth.md', () => {
  const rows = findTable(readPage('docs/copy-auth.md'), '返回', '基础库')
  const world = globalThis as { wx?: unknown }
  afterEach(() => {
    delete world.wx
  })

  it('tells which way each base library supports', () => {
    const modeOf = (SDKVersion: string) => {
      world.wx = { getAppBaseInfo: () => ({ SDKVersion }) }
      return createAuth({ baseUrl: 'http://127.0.0.1' }).profile.mode()
    }
    const neighbours: Record<string, string[]> = {
      '2.21.2 起': ['2.21.2', '2.100.0', '3.17.0'],
      '2.10.4 到 2.21.1': ['2.10.4', '2.21.1'],
      '2.10.4 以下': ['2.10.3', '2.9.0', '1.9.90'],
    }
    expect(rows.map(([, range = '']) => range).sort()).toEqual(Object.keys(neighbours).sort())
    for (const [mode, range = ''] of rows) {
      for (const version of neighbours[range] ?? []) {
        expect([version, modeOf(version)]).toEqual([version, mode])
      }
    }
  })
})
