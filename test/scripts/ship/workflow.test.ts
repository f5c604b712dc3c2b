/** The CI files: pinned, least permissions, and every npm script that they run exists. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

const ROOT = join(__dirname, '../../..')
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8')

interface Step {
  uses?: string
  run?: string
  with?: Record<string, unknown>
  env?: Record<string, string>
}

interface Job {
  'runs-on': string
  'timeout-minutes'?: number
  permissions?: unknown
  environment?: string
  needs?: string[]
  if?: string
  strategy?: { matrix: { node: number[] } }
  services?: Record<string, { ports: string[] }>
  steps: Step[]
}

interface Workflow {
  on: { push: { branches: string[]; tags: string[] } }
  permissions: Record<string, string>
  concurrency: { group: string }
  jobs: Record<string, Job>
}

const GITHUB = '.github/workflows/ci.yml'
const workflow = parse(read(GITHUB)) as Workflow
const jobs = Object.entries(workflow.jobs)
const steps = jobs.flatMap(([, { steps: list }]) => list)
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }

it('every action is pinned by its full commit, with the tag beside it', () => {
  const used = steps.flatMap(({ uses }) => (uses === undefined ? [] : [uses]))
  expect(used.length).toBeGreaterThan(5)
  for (const action of used) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/)
  const lines = read(GITHUB)
    .split('\n')
    .filter((line) => /\buses:/.test(line))
  for (const line of lines) expect(line).toMatch(/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
})

it('the token may read, nothing more; no job widens that, none keeps it', () => {
  expect(workflow.permissions).toEqual({ contents: 'read' })
  expect(jobs.filter(([, { permissions }]) => permissions !== undefined)).toEqual([])
  const checkouts = steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'))
  expect(checkouts).toHaveLength(jobs.length)
  for (const { with: options } of checkouts) expect(options?.['persist-credentials']).toBe(false)
})

it('every job ends in bounded time on a named system; older runs of a branch make way', () => {
  for (const [, job] of jobs) {
    expect(job['timeout-minutes']).toBeLessThanOrEqual(30)
    expect(job['runs-on']).not.toMatch(/latest/)
  }
  expect(workflow.concurrency.group).toContain('github.ref')
})

it('tests on Node 20, 22 and 24 beside the three servers', () => {
  const { strategy, services } = workflow.jobs['test']!
  expect(strategy?.matrix.node).toEqual([20, 22, 24])
  const ports = Object.values(services ?? {}).flatMap((service) => service.ports)
  expect(ports.map((port) => port.split(':').at(-1)).sort()).toEqual(['3306', '5432', '6379'])
})

it('uploads on a version tag only, after everything else, with the key in one step of one job', () => {
  const upload = workflow.jobs['upload']!
  expect(upload.if).toContain('refs/tags/v')
  expect([...(upload.needs ?? [])].sort()).toEqual(
    jobs
      .map(([name]) => name)
      .filter((name) => name !== 'upload')
      .sort(),
  )
  expect(upload.environment).toBe('wechat')
  expect(read(GITHUB).match(/secrets\./g)).toHaveLength(1)
  const step = upload.steps.find(({ env }) => env?.['WECHAT_UPLOAD_KEY'] !== undefined)
  expect(step?.run).toMatch(/^npm run upload -- --version/)
})

it('no expression of a stranger is pasted into a shell', () => {
  for (const { run } of steps) expect(run ?? '').not.toContain('${{')
})

it.each([GITHUB, 'docs/ci/gitlab-ci.yml', 'docs/ci/gitee.yml'])(
  '%s runs only scripts that exist',
  (file) => {
    const text = read(file)
    expect(() => parse(text) as unknown).not.toThrow()
    const used = [...text.matchAll(/^(?!\s*#).*\bnpm (?:run )?([a-z][\w:-]*)/gm)].map(
      ([, name = '']) => name,
    )
    expect(used).toContain('upload')
    expect(used.filter((name) => scripts[name] === undefined)).toEqual([])
  },
)

it('none holds a key, and each takes it from its own secret store', () => {
  for (const file of [GITHUB, 'docs/ci/gitlab-ci.yml', 'docs/ci/gitee.yml']) {
    expect(read(file)).not.toMatch(/BEGIN [A-Z ]*KEY/)
    expect(read(file)).toMatch(/WECHAT_UPLOAD_KEY/)
  }
})
