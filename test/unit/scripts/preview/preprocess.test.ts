/** .scss and .less with the compilers that the project has installed; here they are stand-ins. */
import { buildProgram, writeProgram, type Files } from '../../../support/written-program'

const build = (files: Files) => buildProgram(writeProgram(files))

describe('sass and less', () => {
  const sass = `exports.compileString = (source, { url, importers }) => {
    if (source.includes('wrong')) throw Object.assign(new Error(), { sassMessage: 'no such mixin', span: { start: { line: 1, column: 2 } } })
    const root = importers[0].findFileUrl('/theme/x')
    return { css: '.sass { --url: "' + url.pathname.slice(-15) + '"; --root: "' + root.pathname.slice(-8) + '"; width: 2rpx }' + source }
  }`
  const less = `exports.render = (source, { filename }, done) => done(null, { css: '.less { width: 2rpx }' + source })`
  const installed: Files = {
    'node_modules/sass/package.json': {},
    'node_modules/sass/index.js': sass,
    'node_modules/less/package.json': {},
    'node_modules/less/index.js': less,
  }

  test('are compiled by the packages of the project', async () => {
    const built = await build({
      ...installed,
      'app.less': '',
      'pages/a/a.scss': "@import 'b.wxss';",
      'pages/a/b.wxss': '.imported { color: red }',
    })
    expect(built.said).toEqual([])
    expect(built.css).toContain('.less { width: calc(2 * var(--pv-rpx)) }')
    expect(built.css).toMatch(/--url: "\/pages\/a\/a\.scss"; --root: "\/theme\/x"/)
    expect(built.css).toContain('.imported { color: red }')
  })

  test('a sheet can import one', async () => {
    const files = { 'app.wxss': "@import 'theme/x.less';", 'theme/x.less': '.theme { top: 0 }' }
    expect((await build({ ...installed, ...files })).css).toContain('.theme { top: 0 }')
  })

  test('a less path with a leading slash is relative to the root', async () => {
    const built = await build({ ...installed, 'pages/a/a.less': "@import '/theme/x.wxss';" })
    expect(built.said).toEqual([expect.stringContaining("'../../theme/x.wxss'")])
  })

  test('WXSS takes precedence', async () => {
    const built = await build({ ...installed, 'app.less': '', 'app.wxss': '.own { top: 0 }' })
    expect([built.css.includes('.own'), built.css.includes('.less')]).toEqual([true, false])
  })

  test('an error has its line', async () => {
    const built = await build({ ...installed, 'pages/a/a.scss': '\n  wrong' })
    expect(built.said).toEqual(['pages/a/a.scss:2:3 no such mixin'])
  })

  test('a fault without a message shows its line, as of an import that less does not find', async () => {
    const files = { ...installed, 'pages/a/a.less': '.a { top: 0 }\n@import "nowhere.less";' }
    const missing = `done({ line: 2, column: 0, extract: ['.a { top: 0 }', '@import "nowhere.less";', ''] })`
    const built = await build({
      ...files,
      'node_modules/less/index.js': `exports.render = (source, options, done) => ${missing}`,
    })
    expect(built.said).toEqual(['pages/a/a.less:2:1 cannot be compiled: @import "nowhere.less";'])
  })

  test('a compiler that is not installed is named once, and the pages still open', async () => {
    const built = await build({ 'app.less': '', 'pages/a/a.less': '' })
    expect(built.said).toEqual([
      'package.json 2 files such as app.less cannot be compiled without less; install it in the project: npm install --save-dev less',
    ])
    expect(built.units.map(({ path }) => path)).toEqual(['pages/a/a'])
  })
})
