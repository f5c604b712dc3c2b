/** Sizes per package, and WeChat's limits to the byte. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import {
  describeSizes,
  findOversize,
  listPackage,
  measurePackages,
} from '../../../../scripts/release/package-sizes'
import { makeTempDir } from '../../../support/temp-dir'

const MIB = 1024 * 1024
const dir = makeTempDir()
afterAll(() => {
  dir.remove()
})

function write(path: string, bytes: number): void {
  mkdirSync(dirname(join(dir.path, path)), { recursive: true })
  writeFileSync(join(dir.path, path), Buffer.alloc(bytes))
}

it('adds up the main package and each subpackage, in either spelling', () => {
  const app = { subPackages: [{ root: 'shop/' }], subpackages: [{ root: '/shop-admin' }] }
  const text = JSON.stringify(app)
  writeFileSync(join(dir.path, 'app.json'), text)
  write('pages/index.js', 100)
  write('shop/list.js', 30)
  write('shop-admin/list.js', 7)
  write('shopping.js', 1)
  const sizes = measurePackages(dir.path)
  expect(sizes).toEqual([
    { name: 'main package', bytes: text.length + 101 },
    { name: 'shop/', bytes: 30 },
    { name: 'shop-admin/', bytes: 7 },
  ])
  expect(describeSizes(sizes, listPackage(dir.path)).join('\n')).toMatch(
    /main package +0\.2 KiB of 2048 KiB\n[^]*Largest files:\n +pages\/index\.js +0\.1 KiB/,
  )
})

it('accepts 2 MiB each and 30 MiB in total, and reports one byte more', () => {
  const full = Array.from({ length: 15 }, (_, i) => ({ name: `p${i}/`, bytes: 2 * MIB }))
  expect(findOversize(full)).toEqual([])
  expect(findOversize([{ name: 'p/', bytes: 2 * MIB + 1 }])).toEqual([
    'p/ has 2048.0 KiB; WeChat allows 2 MiB each',
  ])
  expect(findOversize([...full, { name: 'q/', bytes: 1 }])).toEqual([
    'all together have 30720.0 KiB; WeChat allows 30 MiB',
  ])
  expect(describeSizes(full, []).join('\n')).toMatch(/20 MiB is the limit where a service provider/)
})
