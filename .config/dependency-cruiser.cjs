/** Imports run one way: server main → bff → features → {wechat, store, http} → errors. */
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })

/** Each is a folder: its routes, its rules. */
const FEATURES = '(login|sessions|profile|web|pay|cloud)'

module.exports = {
  forbidden: [
    forbid('no-circular', 'a circle has no ground floor', {}, { circular: true }),
    forbid(
      'auth-is-self-contained',
      'miniprogram/auth is copied into other projects: it imports types only from outside itself',
      { path: '^miniprogram/auth/' },
      { pathNot: '^miniprogram/auth/', dependencyTypesNot: ['type-only'] },
    ),
    forbid(
      'components-below-pages',
      'pages → components → auth',
      { path: '^miniprogram/(components|auth)/' },
      { path: '^miniprogram/pages/' },
    ),
    forbid(
      'miniprogram-stands-alone',
      'the package holds nothing of the server, the tools or the tests',
      { path: '^miniprogram/' },
      { path: '^(server|scripts|test|node_modules)/' },
    ),
    forbid(
      'server-stands-alone',
      'production code imports neither the mini-program nor tools nor tests',
      { path: '^server/' },
      { path: '^(miniprogram|scripts|test)/' },
    ),
    forbid(
      'sandbox-shares-nothing-with-the-server',
      'each must be able to prove the other wrong',
      { path: '^scripts/sandbox/' },
      { path: '^(server|miniprogram)/' },
    ),
    forbid(
      'scripts-import-no-product-code',
      'tools start the server as a process and read the mini-program as files',
      { path: '^scripts/' },
      { path: '^(server|miniprogram|test)/' },
    ),
    forbid(
      'the-create-command-is-small',
      'npm create downloads it: what makes the package, and what a project runs, is no part of it',
      { path: '^scripts/create/cli/' },
      { path: '^scripts/', pathNot: '^scripts/(create/(cli/|choices)|lib/)' },
    ),
    forbid(
      'the-playground-can-be-deleted',
      'whatever is imported from it would go with it',
      { path: '^(scripts|typings)/', pathNot: '^scripts/playground/' },
      { path: '^scripts/playground/' },
    ),
    forbid(
      'only-programs-pick-a-store',
      'everything else sees what a store promises, and a feature its own tables',
      {
        path: '^server/',
        pathNot: '^server/((main|assemble|cloud-function|backup|migrate)\\.ts|store/)',
      },
      {
        path: '^server/store/',
        pathNot: '^server/store/(store|account-changes|sql-client|feature-storage)\\.ts$',
      },
    ),
    forbid(
      'only-programs-pick-a-cluster',
      'Redis can be deleted in one go: the others know its interfaces by type at most',
      { path: '^server/', pathNot: '^server/(assemble\\.ts|cluster/)' },
      { path: '^server/cluster/', dependencyTypesNot: ['type-only'] },
    ),
    forbid(
      'features-stand-alone',
      'a feature imports no other feature, except the sessions that all of them serve',
      { path: `^server/${FEATURES}/` },
      { path: `^server/${FEATURES}/`, pathNot: ['^server/$1/', '^server/sessions/'] },
    ),
    forbid(
      'below-the-features',
      'what all features share knows none of them',
      {
        path: '^server/(http|wechat|store|config|[^/]+\\.ts$)',
        pathNot: '^server/(main|assemble|cloud-function|bff|feature-storages|migrate)\\.ts$',
      },
      {
        path: `^server/(${FEATURES}/|cluster/|(main|assemble|cloud-function|bff|feature-storages|migrate)\\.ts$)`,
      },
    ),
    forbid(
      'below-the-border',
      'the parts that talk with WeChat and the database know nothing of Express',
      { path: '^server/(wechat|store)/' },
      { path: '^(server/http/|node_modules/express/)' },
    ),
    forbid(
      'only-wechat-uses-axios',
      'an AxiosError carries the AppSecret in its URL: and a signature in its headers: it never leaves server/wechat/ and server/pay/',
      { path: '^server/', pathNot: '^server/(wechat|pay)/' },
      { path: '^node_modules/(axios|undici)/' },
    ),
    forbid(
      'typings-import-nothing',
      'typings are leaves',
      { path: '^typings/api' },
      { pathNot: '^typings/' },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: {
      path: '^(dist|data|\\.cache|scripts/.*/node_modules|test/support/fixtures/order-list|scripts/create/templates)/',
    },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: ['.ts', '.d.ts', '.js', '.json'] },
  },
}
