import js from '@eslint/js'
import tseslint from 'typescript-eslint'

/** Syntax that WeChat's old Babel rejects or silently miscompiles. */
const refusedByWeChat = [
  {
    selector: 'PropertyDefinition[declare=true]',
    message: 'The WeChat compiler refuses `declare` fields.',
  },
  { selector: 'AccessorProperty', message: 'The WeChat compiler refuses `accessor`.' },
  {
    selector: 'VariableDeclaration[kind=/using/]',
    message: 'The WeChat compiler refuses `using`.',
  },
  {
    selector: 'TSEnumDeclaration[const=true]',
    message: 'The WeChat compiler works file by file: no `const enum`.',
  },
]

const HIDDEN =
  'Tools start the server as a process: import its code neither by a computed path nor in a string.'
const hiddenImports = [
  { selector: "ImportExpression[source.type!='Literal']", message: HIDDEN },
  {
    selector: "CallExpression[callee.name='require'][arguments.0.type!='Literal']",
    message: HIDDEN,
  },
  {
    selector: String.raw`:matches(Literal[value=/(import|require)\(.*(server|miniprogram)\u002f/], TemplateElement[value.raw=/(import|require)\(.*(server|miniprogram)\u002f/])`,
    message: HIDDEN,
  },
]

const sizes = {
  'max-lines': ['error', { max: 250, skipBlankLines: true, skipComments: true }],
  'max-lines-per-function': ['error', { max: 45, skipBlankLines: true, skipComments: true }],
}

export default tseslint.config(
  {
    // test/browser/copy-auth.test.ts type-checks order-list after it has copied auth/ into it.
    ignores: [
      'test/support/fixtures/order-list/**',
      'test/frameworks/*/**',
      // Parts of other projects; their own tests check them.
      'scripts/create/templates/**',
      'dist/**',
      'data/**',
      '.cache/**',
      'node_modules/**',
      'test/artifacts/**',
    ],
  },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: process.cwd() },
    },
    rules: {
      ...sizes,
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      // We use no enums, and this rule costs a tenth of the lint time.
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      // Express declares its types as interfaces over Node's classes, which this rule misjudges as
      // unrelated.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  {
    files: ['scripts/**/*.ts', 'test/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    // dependency-cruiser sees only imports of a plain string, so these forms would bypass it.
    files: ['scripts/**/*.{ts,mjs}'],
    ignores: ['scripts/run.mjs', 'scripts/preview/**'],
    rules: { 'no-restricted-syntax': ['error', ...hiddenImports] },
  },
  {
    // A describe() block is as long as its list of cases.
    files: ['test/**/*.ts'],
    rules: {
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
      // jest types its asymmetric matchers (expect.any …) as any.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
    },
  },
  {
    files: ['miniprogram/**/*.ts'],
    rules: {
      'no-restricted-syntax': ['error', ...refusedByWeChat],
      'no-restricted-globals': [
        'error',
        { name: 'window', message: 'A mini-program has no DOM.' },
        { name: 'document', message: 'A mini-program has no DOM.' },
      ],
    },
  },
  {
    files: ['miniprogram/auth/**/*.ts'],
    ignores: ['miniprogram/auth/wx.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        { name: 'wx', message: 'auth/wx.ts is the only file of the library that names wx.' },
      ],
      // The library has no UI, so a misuse by a page can only be reported to the console.
      'no-console': ['error', { allow: ['error'] }],
    },
  },
  {
    files: ['server/**/*.ts'],
    ignores: [
      'server/main.ts',
      'server/backup.ts',
      'server/cloud-function.ts',
      // Variables of the platform, under the names that its SDK reads.
      'server/cloud/platform.ts',
    ],
    rules: {
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'env',
          message:
            'Only the programs (server/main.ts, backup.ts, cloud-function.ts) read process.env.',
        },
      ],
    },
  },
  {
    files: ['**/*.mjs', '**/*.cjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        require: 'readonly',
        module: 'writable',
        __dirname: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        URL: 'readonly',
        URLSearchParams: 'readonly',
        TextEncoder: 'readonly',
        Buffer: 'readonly',
        fetch: 'readonly',
        setTimeout: 'readonly',
      },
    },
  },
)
