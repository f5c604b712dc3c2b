/** Runs one test of a copy of the project by its full name, and reads what jest made of it. */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Bug } from './bugs'

const RUN_WITHIN_MS = 120_000
const JEST = createRequire(__filename).resolve('jest/bin/jest')

export type Result =
  | { kind: 'passed' }
  /** An assertion was not met; any other throw of the test is `broken`. */
  | { kind: 'failed'; message: string }
  | { kind: 'broken'; message: string }

interface Report {
  testResults: {
    message: string
    assertionResults: { fullName: string; status: string; failureMessages: string[] }[]
  }[]
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** Colour codes would hide the words that are looked for. */
const ENV = { ...process.env, FORCE_COLOR: '0' }

function runJest(dir: string, { file, name }: Bug['test'], outputFile: string): Promise<string> {
  const args = ['--config', '.config/jest.config.mjs', '--testPathPatterns', escaped(file)]
  args.push('--testNamePattern', `^${escaped(name)}$`, '--json', '--outputFile', outputFile)
  const child = spawn(process.execPath, [JEST, ...args], {
    cwd: dir,
    env: ENV,
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: RUN_WITHIN_MS,
  })
  const chatter: Buffer[] = []
  child.stderr.on('data', (chunk: Buffer) => chatter.push(chunk))
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', () => {
      resolve(Buffer.concat(chatter).toString('utf8'))
    })
  })
}

/** Exported for the tests of the judgement itself. */
export function judge({ testResults }: Report, name: string): Result {
  const ran = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ fullName, status }) => fullName === name && /^(passed|failed)$/.test(status))
  const [test] = ran
  if (test === undefined) {
    const message = testResults.map((suite) => suite.message).join('\n')
    return { kind: 'broken', message: message === '' ? `no test is called "${name}"` : message }
  }
  if (test.status === 'passed') return { kind: 'passed' }
  const message = test.failureMessages.join('\n')
  return { kind: /\bexpect\(/.test(message) ? 'failed' : 'broken', message }
}

export async function runTest(dir: string, test: Bug['test']): Promise<Result> {
  const outputFile = join(dir, 'planted-result.json')
  rmSync(outputFile, { force: true })
  const chatter = await runJest(dir, test, outputFile)
  if (!existsSync(outputFile)) return { kind: 'broken', message: `jest gave no result\n${chatter}` }
  return judge(JSON.parse(readFileSync(outputFile, 'utf8')) as Report, test.name)
}
