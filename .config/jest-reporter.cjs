// Prints the last lines of a run: which tests were skipped and why, and how to rerun a failed one.
const { relative } = require('node:path')

const escape = (text) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
const quote = (text) => `"${text.replace(/["\\$`]/g, '\\$&')}"`
const forSlashes = (path) => path.replaceAll('\\', '/')

function again({ testFilePath, testResults }, rootDir) {
  const failed = testResults.filter(({ status }) => status === 'failed')
  const file = forSlashes(relative(rootDir, testFilePath))
  const only = failed.length === 1 ? ` -t ${quote(escape(failed[0].fullName))}` : ''
  return `  npx jest --config .config/jest.config.mjs ${file}${only}`
}

module.exports = class LastLines {
  onRunComplete(_contexts, { testResults }) {
    const skipped = new Set(
      testResults
        .flatMap((file) => file.testResults)
        .filter(({ status, ancestorTitles }) => status === 'pending' && ancestorTitles.length > 0)
        .map(({ ancestorTitles }) => ancestorTitles.join(' › ')),
    )
    for (const title of skipped) console.error(`Skipped: ${title}`)
    const failed = testResults.filter(
      ({ numFailingTests, testExecError }) => numFailingTests > 0 || testExecError,
    )
    if (failed.length === 0) return
    const lines = failed.map((file) => again(file, process.cwd()))
    console.error(['', 'Run what failed again:', ...lines].join('\n'))
  }
}
