/** Third-party mini-programs: where WeChat's tools look for files, one rule per test. */
import { join } from 'node:path'
import { buildProgram, writeProgram, type Files } from '../../../support/written-program'

const build = (files: Files, below = '') => buildProgram(writeProgram(files, below))

/** A component in its own folder, together with the files of the test. */
const component = (path: string, files: Files = {}): Files => ({
  [`${path}.json`]: { component: true },
  [`${path}.wxml`]: '<view/>',
  [`${path}.js`]: 'Component({})',
  ...files,
})

const shown = (usingComponents: object): Files => ({ 'pages/a/a.json': { usingComponents } })

const paths = ({ units }: { units: { path: string }[] }): string[] => units.map(({ path }) => path)

describe('the mini-program’s folder', () => {
  const config = (settings: object): Files => ({ 'project.config.json': settings })

  test.each(['miniprogramRoot', 'srcMiniprogramRoot'])('%s sets it', async (key) => {
    const built = await build(config({ [key]: 'src/' }), 'src')
    expect([built.said, paths(built)]).toEqual([[], ['pages/a/a']])
  })

  test('an absolute-looking miniprogramRoot is relative to the project', async () => {
    expect((await build(config({ miniprogramRoot: '/src' }), 'src')).said).toEqual([])
  })

  test('may be given directly inside a project', async () => {
    const files = { ...config({ miniprogramRoot: 'src/' }), 'node_modules/x/package.json': {} }
    const script = { 'src/pages/a/a.js': "Page(require('x'))", 'node_modules/x/index.js': '' }
    const dir = writeProgram({ ...files, ...script }, 'src')
    expect((await buildProgram(dir, join(dir, 'src'))).said).toEqual([])
  })

  test('no file outside of it is read', async () => {
    const built = await build(
      {
        'project.config.json': { miniprogramRoot: 'src/' },
        'secret.wxss': '.secret {}',
        'src/pages/a/a.wxss': "@import '../../../secret.wxss';",
      },
      'src',
    )
    expect(built.css).not.toContain('secret')
    expect(built.said).toEqual([expect.stringContaining('not found')])
  })
})

describe('pages', () => {
  test('of subpackages, also independent ones, with and without a slash after the root', async () => {
    const built = await build({
      'app.json': {
        pages: ['pages/a/a'],
        subPackages: [
          { root: 'one/', pages: ['b/b'] },
          { root: 'two', independent: true, pages: ['c/c'] },
        ],
      },
      'one/b/b.wxml': '<view/>',
      'one/b/b.js': 'Page({})',
      'two/c/c.wxml': '<view/>',
      'two/c/c.ts': 'Page({} as object)',
    })
    expect([built.said, paths(built)]).toEqual([[], ['pages/a/a', 'one/b/b', 'two/c/c']])
  })

  test('with children in a slot are shown without them', async () => {
    const built = await build({ 'pages/a/a.wxml': '<view><slot name="x"><view/></slot></view>' })
    expect(built.problems).toEqual([expect.objectContaining({ severity: 'warning' })])
    expect(paths(built)).toEqual(['pages/a/a'])
  })

  test('a byte order mark at the start of JSON, WXML and WXSS is accepted', async () => {
    const built = await build({
      'app.json': '\uFEFF{"pages":["pages/a/a"]}',
      'pages/a/a.wxml': '\uFEFF<view/>',
      'pages/a/a.wxss': '\uFEFF.a { color: red }',
    })
    expect(built.said).toEqual([])
    expect(built.css).toContain(' .a')
  })

  test('a custom tab bar is a component', async () => {
    const built = await build({
      'app.json': { pages: ['pages/a/a'], tabBar: { custom: true, list: [] } },
      ...component('custom-tab-bar/index'),
    })
    expect([built.said, paths(built)]).toEqual([[], ['custom-tab-bar/index', 'pages/a/a']])
  })
})

describe('components', () => {
  const inPackage = (name: string, below: string, fields: object = {}): Files => ({
    [`node_modules/${name}/package.json`]: { name, ...fields },
    ...component(`node_modules/${name}/${below}button/button`),
  })

  test.each<[string, string, object]>([
    ['the field miniprogram', 'lib/', { miniprogram: 'lib' }],
    ['miniprogram_dist', 'miniprogram_dist/', {}],
    ['the package itself', '', {}],
  ])('of a package are in %s', async (_name, below, fields) => {
    const files = {
      ...inPackage('some-ui', below, fields),
      ...shown({ b: 'some-ui/button/button' }),
    }
    const built = await build(files)
    expect(built.said).toEqual([])
    expect(paths(built)).toEqual(['miniprogram_npm/some-ui/button/button', 'pages/a/a'])
  })

  test('of a scoped package, by the name of the package alone', async () => {
    const built = await build({
      'node_modules/@some/ui/package.json': { miniprogram: 'dist' },
      ...component('node_modules/@some/ui/dist/index'),
      ...shown({ ui: '@some/ui' }),
    })
    expect([built.said, paths(built)[0]]).toEqual([[], 'miniprogram_npm/@some/ui/index'])
  })

  test('can use styles, WXS, modules and components of their own package', async () => {
    const at = 'node_modules/some-ui/lib'
    const built = await build({
      ...inPackage('some-ui', 'lib/', { miniprogram: 'lib' }),
      ...inPackage('other-ui', '', {}),
      [`${at}/button/button.json`]: {
        component: true,
        usingComponents: { icon: '../icon/icon', other: 'other-ui/button/button' },
      },
      [`${at}/button/button.wxml`]: '<wxs src="../m.wxs" module="m"/><icon>{{m.x}}</icon><other/>',
      [`${at}/m.wxs`]: 'module.exports = { x: 1 }',
      [`${at}/button/button.js`]:
        "const { tall } = require('../tall'); Component({ data: { tall } })",
      [`${at}/tall.js`]: "exports.tall = require('helper').tall",
      [`${at}/button/button.wxss`]: "@import '../common.wxss';",
      [`${at}/common.wxss`]: '.common { color: red }',
      ...component(`${at}/icon/icon`),
      'node_modules/helper/package.json': { main: 'lib/main.cjs' },
      'node_modules/helper/lib/main.cjs': 'exports.tall = 7',
      ...shown({ b: 'some-ui/button/button' }),
    })
    expect(built.said).toEqual([])
    expect(built.css).toContain('common')
    expect(paths(built)).toContain('miniprogram_npm/other-ui/button/button')
    expect(built.run('miniprogram_npm/some-ui/button/button')).toEqual({ data: { tall: 7 } })
  })

  test('built by 构建 npm take precedence over node_modules', async () => {
    const built = await build({
      ...inPackage('some-ui', '', {}),
      ...component('miniprogram_npm/some-ui/button/button', {
        'miniprogram_npm/some-ui/button/button.js': "Component({ data: 'built' })",
      }),
      ...shown({ b: 'some-ui/button/button' }),
    })
    expect(built.run('miniprogram_npm/some-ui/button/button')).toEqual({ data: 'built' })
  })

  test('packNpmRelationList sets the folders of packages', async () => {
    const relation = { packageJsonPath: './deps/package.json', miniprogramNpmDistDir: './src/sub' }
    const built = await build(
      {
        'project.config.json': {
          miniprogramRoot: 'src/',
          setting: { packNpmManually: true, packNpmRelationList: [relation] },
        },
        'src/app.json': { pages: ['sub/b/b'] },
        'src/sub/b/b.json': { usingComponents: { c: 'some-ui/c/c' } },
        'src/sub/b/b.wxml': '<c/>',
        'src/sub/b/b.js': "Page(require('plain'))",
        'deps/node_modules/some-ui/package.json': { miniprogram: 'lib' },
        ...component('deps/node_modules/some-ui/lib/c/c'),
        'deps/node_modules/plain/package.json': { main: 'main' },
        'deps/node_modules/plain/main.js': 'exports.data = 1',
      },
      'src',
    )
    expect(built.said).toEqual([])
    expect(paths(built)).toEqual(['sub/miniprogram_npm/some-ui/c/c', 'sub/b/b'])
    expect(built.run('sub/b/b')).toEqual({ data: 1 })
  })

  test('a plugin is reported once, whatever it contains', async () => {
    const built = await build(shown({ p: 'plugin://chat/room', q: 'plugin://chat/list' }))
    expect(built.said).toEqual([
      'pages/a/a.json plugin chat: not run in the preview, its components stay empty',
    ])
  })

  test('the default of a generic is a component', async () => {
    const built = await build({
      ...shown({ list: '/list/list' }),
      ...component('list/list', {
        'list/list.json': {
          component: true,
          componentGenerics: { row: { default: '/row/row' }, head: true },
        },
      }),
      ...component('row/row'),
    })
    expect(paths(built)).toEqual(['row/row', 'list/list', 'pages/a/a'])
    expect(built.units[1]?.config['componentGenerics']).toEqual({
      row: { default: '/row/row' },
      head: true,
    })
  })
})

describe('modules', () => {
  test('resolveAlias: the longest alias wins, and is relative to the root', async () => {
    const built = await build({
      'app.json': {
        pages: ['pages/a/a'],
        resolveAlias: { '~/*': '/*', '~/deep/*': 'far/away/*', '@u/*': 'utils/*' },
      },
      'pages/a/a.js': "Page([require('~/one'), require('~/deep/two'), require('@u/three.js')])",
      'one.js': 'module.exports = 1',
      'far/away/two.js': 'module.exports = 2',
      'utils/three.js': 'module.exports = 3',
    })
    expect(built.said).toEqual([])
    expect(built.run('pages/a/a')).toEqual([1, 2, 3])
  })

  test('an assigned constant does not stop the build', async () => {
    const script = 'function f() {\n  const a = 1, b = 2\n  a = a + b\n  return a\n}\nPage(f())'
    const built = await build({ 'pages/a/a.js': script })
    expect([built.said, built.run('pages/a/a')]).toEqual([[], 3])
  })

  test('require.async returns a promise of the module', async () => {
    const built = await build({
      'pages/a/a.js': "Page(require.async('../../sub/one'))",
      'sub/one.js': 'module.exports = 1',
    })
    expect(await built.run('pages/a/a')).toBe(1)
  })
})
