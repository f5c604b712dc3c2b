/** Rules for the whole package, checked for every page and text. */

import { existsSync, readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'

const root = path.join(__dirname, '../../../../miniprogram')

const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).map((file) =>
  path.join(root, file),
)
const endingWith = (ending: string) => files.filter((file) => file.endsWith(ending))
const read = (file: string) => readFileSync(file, 'utf8')
const han = /\p{Script=Han}/u

interface AppJson {
  pages: string[]
  lazyCodeLoading: string
  componentFramework: string
  darkmode: boolean
  themeLocation: string
}

const app = JSON.parse(read(path.join(root, 'app.json'))) as AppJson

describe('package', () => {
  it('declares in app.json what the platform requires', () => {
    expect(app).toMatchObject({
      lazyCodeLoading: 'requiredComponents',
      componentFramework: 'glass-easel',
      style: 'v2',
      __usePrivacyCheck__: true,
      darkmode: true,
    })
  })

  it('has the four files of every page and component', () => {
    const bases = endingWith('.wxml').map((file) => file.slice(0, -'.wxml'.length))
    for (const page of app.pages) expect(bases).toContain(path.join(root, page))
    for (const base of bases)
      for (const ending of ['.json', '.ts', '.wxss'])
        expect([base + ending, existsSync(base + ending)]).toEqual([base + ending, true])
  })

  it('finds every component that is used', () => {
    for (const file of endingWith('.json')) {
      const { usingComponents = {} } = JSON.parse(read(file)) as {
        usingComponents?: Record<string, string>
      }
      for (const component of Object.values(usingComponents))
        expect(endingWith('.wxml')).toContain(`${path.join(path.dirname(file), component)}.wxml`)
    }
  })

  it('keeps every text for users in texts.ts and pages/lab/texts.ts', () => {
    for (const file of endingWith('.wxml')) expect(read(file)).not.toMatch(han)
    const code = endingWith('.ts').filter((file) => !/[\\/]texts\.ts$|[\\/]auth[\\/]/.test(file))
    for (const file of code) {
      const withoutComments = read(file).replace(/\/\*[^]*?\*\/|\/\/.*/g, '')
      expect([file, withoutComments.replace("'微信用户'", '')]).toEqual([
        file,
        expect.not.stringMatching(han),
      ])
    }
  })

  it('defines every colour of the light theme in the dark one too', () => {
    const { light, dark } = JSON.parse(read(path.join(root, app.themeLocation))) as Record<
      'light' | 'dark',
      object
    >
    expect(Object.keys(dark)).toEqual(Object.keys(light))
    const styles = read(path.join(root, 'app.wxss'))
    const [day, night] = styles.split('prefers-color-scheme: dark')
    const colours = (css = '') =>
      [...css.matchAll(/--c-[a-z-]+(?=:)/g)].map(([name]) => name).sort()
    expect(colours(night)).toEqual(colours(day))
    expect(colours(day).length).toBeGreaterThan(10)
  })

  it('uses no colour outside the theme', () => {
    for (const file of endingWith('.wxss')) {
      if (path.basename(file) === 'app.wxss') continue
      expect([file, read(file)]).toEqual([
        file,
        expect.not.stringMatching(/#[0-9a-f]{3,8}\b|rgba?\(/i),
      ])
    }
  })
})
