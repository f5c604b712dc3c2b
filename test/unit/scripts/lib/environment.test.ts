/** .env as editors and shells of Windows write it. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readEnvFile } from '../../../../scripts/lib/environment'
import { UserError } from '../../../../scripts/lib/user-error'
import { makeTempDir } from '../../../support/temp-dir'

const dir = makeTempDir()
const file = join(dir.path, '.env')
afterAll(() => {
  dir.remove()
})

it('a BOM is no part of the first name', () => {
  writeFileSync(file, '\uFEFFPORT=3001\r\nHOST=::1\r\n')
  expect(readEnvFile(dir.path)).toEqual({ PORT: '3001', HOST: '::1' })
})

it.each(['\uFEFF', ''])('UTF-16 behind %j is refused, with advice', (bom) => {
  writeFileSync(file, `${bom}PORT=3001\r\n`, 'utf16le')
  expect(() => readEnvFile(dir.path)).toThrow(
    new UserError(`${file} is not UTF-8: save it as UTF-8.`),
  )
})
