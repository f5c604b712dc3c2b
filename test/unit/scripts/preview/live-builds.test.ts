/** What the open pages hear of the mini-program's files, also when a build removes the folder and makes it anew. */
import fs, { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createPreview, type Preview } from '../../../../scripts/preview/preview'
import { writeProgram } from '../../../support/written-program'

const HEARD_WITHIN_MS = 20_000

interface App {
  build: string
  canRun: boolean
  problems: { file: string; message: string }[]
}

let dir: string
let copy: string
let preview: Preview
let url: string
let events: ReadableStreamDefaultReader<string>

beforeEach(async () => {
  dir = writeProgram({})
  copy = join(dirname(dir), 'copy')
  cpSync(dir, copy, { recursive: true })
  preview = createPreview({ dir, appid: 'wx1' })
  ;({ url } = await preview.listen())
  const { body } = await fetch(`${url}/__preview/events`)
  events = (body as ReadableStream<Uint8Array>)
    .pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)
    .getReader()
})

afterEach(async () => {
  await events.cancel()
  await preview.close()
  rmSync(dirname(dir), { recursive: true })
})

/** The newest build of those that have come, once there is one. */
async function nextBuild(): Promise<string> {
  const { value = '' } = await events.read()
  return [...value.matchAll(/event: build\ndata: (\w+)\n\n/g)].at(-1)?.[1] ?? value
}

/** Reads builds until the open pages have heard of the one that is served. */
async function hearServed(): Promise<App> {
  for (;;) {
    const heard = await nextBuild()
    const answer = await fetch(`${url}/__preview/app.json`)
    expect(answer.status).toBe(200)
    const app = (await answer.json()) as App
    if (app.build === heard) return app
  }
}

test('a stream begins with the build that is served', async () => {
  expect(await hearServed()).toMatchObject({ canRun: true, problems: [] })
})

test(
  'a folder that is removed is a problem, and one that is made anew is watched',
  async () => {
    const before = await hearServed()
    rmSync(dir, { recursive: true })
    const away = await hearServed()
    expect(away).toMatchObject({
      canRun: false,
      problems: [{ file: 'program', message: `The folder ${dir} is not there.` }],
    })
    cpSync(copy, dir, { recursive: true, preserveTimestamps: true })
    const again = await hearServed()
    expect(again).toMatchObject({ canRun: true, problems: [] })
    writeFileSync(join(dir, 'pages/a/a.wxml'), '<view>changed</view>')
    const changed = await hearServed()
    expect(new Set([before, away, again, changed].map(({ build }) => build)).size).toBe(4)
  },
  HEARD_WITHIN_MS,
)

test(
  'a folder that is replaced between two looks is watched, too',
  async () => {
    const before = await hearServed()
    rmSync(dir, { recursive: true })
    mkdirSync(dir)
    cpSync(copy, dir, { recursive: true })
    expect(await hearServed()).toMatchObject({ canRun: true })
    // By now the events of the old folder are over.
    await delay(1000)
    writeFileSync(join(dir, 'pages/a/a.wxml'), '<view>changed once more</view>')
    expect((await hearServed()).build).not.toBe(before.build)
  },
  HEARD_WITHIN_MS,
)

test('a folder that nobody may read is named, at the start and later', async () => {
  const readdir = jest.spyOn(fs, 'readdirSync').mockImplementation(() => {
    throw Object.assign(new Error('no'), { code: 'EACCES' })
  })
  const message = `The folder ${dir} can't be read (EACCES).`
  expect(() => createPreview({ dir, appid: 'wx1' })).toThrow(message)
  const answer = await fetch(`${url}/__preview/app.json`)
  readdir.mockRestore()
  expect(await answer.json()).toMatchObject({ problems: [{ message }] })
})

test('a folder in the place of a file is a problem', async () => {
  rmSync(join(dir, 'pages/a/a.wxml'))
  mkdirSync(join(dir, 'pages/a/a.wxml'))
  const answer = await fetch(`${url}/__preview/app.json`)
  expect(await answer.json()).toMatchObject({
    problems: [{ file: 'pages/a/a.wxml', message: 'page has no WXML file' }],
  })
})

test('each program has a storage of its own, and ours the one of its appid', async () => {
  const name = async (base: string): Promise<string> => {
    const answer = await fetch(`${base}/__preview/app.json`)
    return ((await answer.json()) as { storageName: string }).storageName
  }
  const names = [await name(url)]
  for (const other of [copy, 'miniprogram']) {
    const one = createPreview({ dir: other, appid: 'wx1', liveReload: false })
    names.push(await name((await one.listen()).url))
    await one.close()
  }
  const ofOthers = expect.stringMatching(/^wx1@[0-9a-f]{8}$/)
  expect([new Set(names).size, names]).toEqual([3, [ofOthers, ofOthers, 'wx1']])
})

test('without live reload no page hears of a build', async () => {
  const quiet = createPreview({ dir, appid: 'wx1', liveReload: false })
  const { url: other } = await quiet.listen()
  const { body } = await fetch(`${other}/__preview/events`)
  const reader = (body as ReadableStream<Uint8Array>).getReader()
  const { value } = await reader.read()
  expect(new TextDecoder().decode(value)).toBe(': connected\n\n')
  await reader.cancel()
  await quiet.close()
})
