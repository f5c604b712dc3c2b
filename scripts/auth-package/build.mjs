/**
 * Writes the npm package wechat-miniprogram-auth to dist/auth/ or to the named folder: the login
 * library as CommonJS (the format that 构建 npm copies), as ES modules, and as type declarations for
 * both.
 */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { build, transform } from 'esbuild'
import ts from 'typescript'

const SOURCE = 'miniprogram/auth'
/** The entry points: the library and its optional modules. */
const ENTRIES = ['index', 'download', 'stream', 'socket', 'backends', 'cloud', 'delete-account']
/** Runs on every supported WeChat version without DevTools' own transpilation. */
const TARGET = 'es2018'

const [outdir = 'dist/auth'] = process.argv.slice(2)

function write(file, text) {
  mkdirSync(join(outdir, file, '..'), { recursive: true })
  writeFileSync(join(outdir, file), text)
}

/** ES modules with shared chunks, then the same as CommonJS. */
async function writeScripts() {
  const { outputFiles } = await build({
    entryPoints: ENTRIES.map((name) => join(SOURCE, `${name}.ts`)),
    outdir,
    bundle: true,
    splitting: true,
    write: false,
    format: 'esm',
    target: TARGET,
    charset: 'utf8',
    outExtension: { '.js': '.mjs' },
    chunkNames: 'shared-[hash]',
  })
  for (const { path, text } of outputFiles) {
    const name = basename(path, '.mjs')
    write(`esm/${name}.mjs`, text)
    const source = text.replaceAll(/((?:from|import) "\.\/[\w-]+)\.mjs"/g, '$1.js"')
    const { code } = await transform(source, { format: 'cjs', target: TARGET, charset: 'utf8' })
    write(`miniprogram_dist/${name}.js`, code)
  }
}

/**
 * The declaration file of one source, such as `backends/nest`. Throws when a type is not explicit.
 */
function declare(name) {
  if (name === 'api') return readFileSync('typings/api.d.ts', 'utf8')
  const fileName = join(SOURCE, `${name}.ts`)
  const { outputText, diagnostics } = ts.transpileDeclaration(readFileSync(fileName, 'utf8'), {
    fileName,
    reportDiagnostics: true,
    compilerOptions: { declaration: true, isolatedDeclarations: true, strict: true },
  })
  const [problem] = diagnostics ?? []
  if (problem)
    throw new Error(`${fileName}: ${ts.flattenDiagnosticMessageText(problem.messageText, ' ')}`)
  return outputText.replaceAll(/(\.\.\/)+typings\/api/g, './api')
}

/** The modules that a declaration imports, such as `./errors`. */
const relativeImports = /((?:from |import\()['"])(\.[^'"]+)(['"])/g

/**
 * Only the declarations that the entries need, for `require` and, with file extensions, for
 * `import`.
 */
function writeTypes() {
  const needed = new Set(ENTRIES)
  for (const name of needed) {
    const text = declare(name)
    for (const [, , request] of text.matchAll(relativeImports)) needed.add(resolve(name, request))
    write(`types/${name}.d.ts`, text)
    write(`types/${name}.d.mts`, text.replaceAll(relativeImports, '$1$2.mjs$3'))
  }
}

/** Resolves an import: `./errors` seen from `backends/nest`, for example. */
function resolve(from, request) {
  return join(from, '..', request).replaceAll('\\', '/')
}

function describePackage() {
  const { version, license } = JSON.parse(readFileSync('package.json', 'utf8'))
  const exportOf = (name) => ({
    import: { types: `./types/${name}.d.mts`, default: `./esm/${name}.mjs` },
    require: { types: `./types/${name}.d.ts`, default: `./miniprogram_dist/${name}.js` },
  })
  const beside = ENTRIES.slice(1)
  return {
    name: 'wechat-miniprogram-auth',
    version,
    description: 'WeChat mini-program login: silent, single, and renewed when a session is lost.',
    keywords: ['wechat', 'miniprogram', 'weapp', 'login', 'auth', 'wx.login', 'uni-app', 'taro'],
    license,
    sideEffects: false,
    main: './miniprogram_dist/index.js',
    module: './esm/index.mjs',
    types: './types/index.d.ts',
    miniprogram: 'miniprogram_dist',
    exports: {
      '.': exportOf('index'),
      ...Object.fromEntries(beside.map((name) => [`./${name}`, exportOf(name)])),
      './package.json': './package.json',
    },
    // For TypeScript versions that ignore `exports`.
    typesVersions: {
      '*': Object.fromEntries(beside.map((name) => [name, [`types/${name}.d.ts`]])),
    },
    files: ['esm', 'miniprogram_dist', 'types'],
  }
}

rmSync(outdir, { recursive: true, force: true })
await writeScripts()
writeTypes()
write('package.json', `${JSON.stringify(describePackage(), null, 2)}\n`)
cpSync('LICENSE', join(outdir, 'LICENSE'))
cpSync('scripts/auth-package/README.md', join(outdir, 'README.md'))
console.log(`  ${outdir}: the npm package wechat-miniprogram-auth`)
