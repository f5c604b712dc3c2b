/** The calls to miniprogram-ci, with a fake in its place; and its task events as progress. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createProgress } from '../../../../scripts/release/wechat-ci/progress'
import type { Task } from '../../../../scripts/release/wechat-ci/progress'
import { makeTempDir } from '../../../support/temp-dir'

interface Jobs {
  runJob(
    ci: unknown,
    job: object,
    onTask: (task: Task) => void,
    drawQrCode?: (jpeg: Buffer) => Promise<string>,
  ): Promise<Record<string, unknown>>
  toFailure(error: unknown): { code: number | string; message: string }
}
// Plain JavaScript, which the child process runs directly.
const { runJob, toFailure } = jest.requireActual<Jobs>(
  '../../../../scripts/release/wechat-ci/jobs.mjs',
)

const dir = makeTempDir()
afterAll(() => {
  dir.remove()
})

const SHARED = { appid: 'wx0123456789abcdef', key: 'PEM', projectPath: '/project' }

interface Asked {
  project: { options: Record<string, unknown> }
  onProgressUpdate(event: unknown): void
  qrcodeOutputDest: string
}

/** Records the calls, and answers as the real one does. */
function fakeCi(answer: Record<string, unknown> = {}) {
  const calls: [string, Asked][] = []
  const call = (name: string) => (asked: Asked) => {
    calls.push([name, asked])
    asked.onProgressUpdate({ id: '1', message: 'Compile app.ts', status: 'doing' })
    asked.onProgressUpdate({ id: '1', message: '', status: 'done' })
    asked.onProgressUpdate({ id: '2', message: 'undefined', status: 'info' })
    asked.onProgressUpdate('plain words')
    return Promise.resolve(answer)
  }
  class Project {
    constructor(readonly options: Record<string, unknown>) {}
  }
  return {
    calls,
    ci: {
      Project,
      DefaultProjectAttr: { platform: false },
      proxy: (url: string) => calls.push(['proxy', url as unknown as Asked]),
      upload: call('upload'),
      preview: (asked: Asked) => {
        writeFileSync(asked.qrcodeOutputDest, 'JPEG')
        return call('preview')(asked)
      },
      getCompiledResult: call('getCompiledResult'),
    },
  }
}

it('uploads with key, version, description and robot, through the proxy', async () => {
  const { ci, calls } = fakeCi({ subPackageInfo: [{ name: '__FULL__', size: 7 }], secret: 1 })
  const tasks: Task[] = []
  const job = {
    ...SHARED,
    kind: 'upload',
    version: '1.2.3',
    desc: 'd',
    robot: 30,
    proxy: 'http://p:1',
  }
  await expect(runJob(ci, job, (task) => tasks.push(task))).resolves.toEqual({
    packages: [{ name: '__FULL__', size: 7 }],
  })
  expect(calls[0]).toEqual(['proxy', 'http://p:1'])
  expect(calls[1]![1]).toMatchObject({ version: '1.2.3', desc: 'd', robot: 30 })
  expect(calls[1]![1].project.options).toMatchObject({
    appid: SHARED.appid,
    privateKey: 'PEM',
    projectPath: '/project',
    type: 'miniProgram',
  })
  expect(tasks).toEqual([
    { id: '1', message: 'Compile app.ts', status: 'doing' },
    { id: '1', message: '', status: 'done' },
    { id: 'plain words', message: 'plain words', status: 'info' },
  ])
})

it('uploads a 云函数 and has the platform install its packages', async () => {
  const { ci } = fakeCi()
  const uploadFunction = jest.fn(() => Promise.resolve({ filesCount: 4, packSize: 99 }))
  const job = { ...SHARED, kind: 'function', env: 'prod-1', name: 'cloud', path: '/dist/cloud' }
  const result = await runJob({ ...ci, cloud: { uploadFunction } }, job, () => undefined)
  expect(result).toEqual({ packages: [{ name: 'cloud', size: 99 }] })
  expect(uploadFunction).toHaveBeenCalledWith(
    expect.objectContaining({
      env: 'prod-1',
      name: 'cloud',
      path: '/dist/cloud',
      remoteNpmInstall: true,
    }),
  )
})

it('previews into a picture and draws the same code for the terminal', async () => {
  const { ci, calls } = fakeCi()
  const qrFile = join(dir.path, 'qr.jpg')
  const draw = (jpeg: Buffer) => Promise.resolve(`drawn from ${jpeg.toString()}`)
  const job = { ...SHARED, kind: 'preview', desc: 'd', robot: 1, qrFile }
  const result = await runJob(ci, job, () => undefined, draw)
  expect(result).toEqual({ packages: [], qrCode: 'drawn from JPEG' })
  expect(calls[0]![1]).toMatchObject({ qrcodeFormat: 'image', qrcodeOutputDest: qrFile })
})

it('compiles without contacting WeChat, into a folder without older files', async () => {
  const { ci, calls } = fakeCi({ 'app.json': '{}', 'pages/a.js': Buffer.from('1') })
  const folder = join(dir.path, 'package')
  const job = { ...SHARED, kind: 'compile', zipFile: 'z.zip', folder }
  await runJob(ci, job, () => undefined)
  expect(calls[0]).toEqual(['proxy', 'http://127.0.0.1:1'])
  const attr = calls[1]![1].project.options['attr'] as () => Promise<unknown>
  await expect(attr()).resolves.toEqual({ platform: false })
  expect(readFileSync(join(folder, 'pages/a.js'), 'utf8')).toBe('1')

  await runJob(fakeCi({ 'app.json': '{}' }).ci, job, () => undefined)
  expect(existsSync(join(folder, 'pages/a.js'))).toBe(false)
})

it('passes on number and message of a failure, whatever was thrown', () => {
  expect(toFailure(Object.assign(new Error('no'), { code: 20003 }))).toEqual({
    code: 20003,
    message: 'no',
  })
  expect(toFailure(new Error('no'))).toEqual({ code: 0, message: 'no' })
  expect(toFailure('words')).toEqual({ code: 0, message: 'words' })
})

/** The control sequence that clears this line. */
const CLEAR_LINE = '\r\u001b[K'

describe('progress', () => {
  const task = (message: string, status: Task['status'] = 'doing'): Task => ({
    id: message,
    message,
    status,
  })

  it('updates one line on a terminal, never longer than its width, and clears it in the end', () => {
    const written: string[] = []
    const screen = { isTTY: true, columns: 40, write: (text: string) => written.push(text) }
    const progress = createProgress('compiling', screen, () => 0)
    progress.onTask(task('a'))
    progress.onTask(task('', 'done'))
    progress.onTask(task('a name that is far too long\nfor one line'))
    progress.end()
    expect(written.join('')).not.toContain('\n')
    expect(written[2]!.slice(CLEAR_LINE.length)).toMatch(/^… compiling, 0 s, 1 tasks done: a n/)
    expect(Math.max(...written.map((text) => text.length))).toBeLessThanOrEqual(4 + 39)
    expect(written.at(-1)).toBe(CLEAR_LINE)
  })

  it('prints a line every two seconds without a terminal, and a failure at once', () => {
    const clock = { ms: 0 }
    const written: string[] = []
    const progress = createProgress(
      'uploading',
      { write: (text: string) => written.push(text) },
      () => clock.ms,
    )
    for (let i = 0; i < 600; i++) {
      clock.ms += 10
      progress.onTask(task(`Compile ${i}`, i % 2 === 0 ? 'doing' : 'done'))
    }
    progress.onTask(task('no wxss', 'fail'))
    progress.end()
    expect(written).toHaveLength(4)
    expect(written[0]).toMatch(/^ {2}… uploading, 2 s, \d+ tasks done: Compile 199\n$/)
    expect(written.at(-1)).toBe('FAIL  no wxss\n')
    expect(written.join('')).not.toContain(CLEAR_LINE)
  })
})
