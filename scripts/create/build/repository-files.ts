/**
 * Lists the files of this repository that generated projects contain, so that no second copy
 * exists.
 */
import type { Backend, Framework } from '../choices'

export interface Copied {
  /** A file or a folder, relative to the root of this repository. */
  from: string
  /** The layer of templates/ and the path in it; by default the same path. */
  layer: string
  to?: string
  /** Paths below `from` that are not copied. */
  without?: RegExp
}

const same = (layer: string, ...paths: string[]): Copied[] => paths.map((from) => ({ layer, from }))

/** Left out here: the lab, and auth/, which the `native` layer contains. */
const NOT_IN_PROGRAM = /^(auth|pages\/lab)\//

export const COPIED: readonly Copied[] = [
  ...same('common', 'scripts/run.mjs', 'scripts/setup.mjs', 'scripts/lib/installation.mjs'),
  { layer: 'common', from: '.npmrc', to: '_npmrc' },
  ...same('ours', 'server', 'scripts/build.mjs', 'scripts/cloud-function'),
  ...same('ours', 'scripts/sqlite-node20/package.json', 'scripts/sqlite-node20/package-lock.json'),
  {
    layer: 'ours',
    from: 'scripts/sqlite-node20/.npmrc',
    to: 'scripts/sqlite-node20/_npmrc',
  },
  {
    layer: 'ours',
    from: 'scripts/sqlite-node20/.prebuild-installrc',
    to: 'scripts/sqlite-node20/_prebuild-installrc',
  },
  { layer: 'ours', from: '.env.example', to: '_env.example' },
  ...same('native', 'miniprogram/auth', 'typings/index.d.ts', 'project.config.json'),
  { layer: 'native-ours', from: 'miniprogram', without: NOT_IN_PROGRAM },
  // For the mini-program and for the server's own tsconfig.json.
  ...(['native-ours', 'native-own', 'uni-app-ours', 'taro-ours'] as const).flatMap((layer) =>
    same(layer, 'typings/api.d.ts', 'tsconfig.json'),
  ),
  {
    layer: 'uni-app',
    from: 'test/frameworks/uni-app',
    to: 'miniprogram',
    without: /^(package(-lock)?\.json$|\.npmrc$|src\/pages|node_modules|dist)/,
  },
  {
    layer: 'taro',
    from: 'test/frameworks/taro',
    to: 'miniprogram',
    without:
      /^(package(-lock)?\.json$|\.npmrc$|src\/pages|src\/app\.config\.js$|node_modules|dist)/,
  },
  { layer: 'frameworks', from: 'test/frameworks/uni-app/.npmrc', to: 'miniprogram/_npmrc' },
]

interface Edit {
  layer: string
  file: string
  from: RegExp
  to: string
}

const all = (layer: string, file: string, edits: [RegExp, string][]): Edit[] =>
  edits.map(([from, to]) => ({ layer, file, from, to }))

/** Replacements in a copied file. Each must match, so that a change of the original is noticed. */
export const EDITS: readonly Edit[] = [
  // Removes the lab.
  ...all('native-ours', 'miniprogram/app.json', [[/\s*"pages\/lab\/lab",/, '']]),
  ...all('native-ours', 'miniprogram/texts.ts', [[/ {4}lab: '.*',\n {4}labDetail: .*\n/, '']]),
  ...all('native-ours', 'miniprogram/pages/index/index.ts', [[/\n {2}onLab\(\) \{[^}]*\},\n/, '']]),
  ...all('native-ours', 'miniprogram/pages/index/index.wxml', [
    [/ {4}<view class="row"[^>]*bindtap="onLab"[^]*?\n {4}<\/view>\n/, ''],
  ]),
  ...all('native', 'project.config.json', [
    [/"appid": ".*"/, '"appid": "__APPID__"'],
    [/"projectname": ".*"/, '"projectname": "__NAME__"'],
    [/"description": ".*"/, '"description": "__NAME__"'],
  ]),
  ...all('ours', '_env.example', [
    [/, docs\/web-login\.md/, ''],
    [/; docs\/payment\.md walks through the console, step by step/, ''],
    [/\n# --- Release[^]*$/, ''],
  ]),
  ...all('uni-app', 'miniprogram/src/manifest.json', [
    [/"uni-app-with-auth"/, '"__NAME__"'],
    [/("mp-weixin": \{ "appid": )""/, '$1"__APPID__"'],
  ]),
  ...all('taro', 'miniprogram/config/index.js', [[/'taro-with-auth'/, "'__NAME__'"]]),
  ...all('taro', 'miniprogram/project.config.json', [
    [/"taro-with-auth"/, '"__NAME__"'],
    [/"touristappid"/, '"__APPID__"'],
  ]),
]

/** Import path of the mini-program's auth instance, relative to test/. */
export function authModuleOf(framework: Framework, backend: Backend): string {
  if (framework !== 'native') return '../miniprogram/src/auth'
  return backend === 'ours' ? '../miniprogram/services/auth' : '../miniprogram/auth-instance'
}
