/** What create-wechat-login says about the folder, and how it names it afterwards. */
import fs from 'node:fs'
import { join } from 'node:path'
import { findFolderFault } from '../../../../scripts/create/cli/target-folder'
import { texts } from '../../../../scripts/create/cli/texts'
import { makeTempDir } from '../../../support/temp-dir'

const dir = makeTempDir()
afterEach(() => {
  jest.restoreAllMocks()
})
afterAll(() => {
  dir.remove()
})

it('takes a folder that is empty or not there, and no file', () => {
  expect(findFolderFault(dir.path)).toBeUndefined()
  expect(findFolderFault(join(dir.path, 'new'))).toBeUndefined()
  expect(findFolderFault(__filename)).toContain('是一个文件')
})

it('says of a folder that this user may not read that it can not be read', () => {
  jest.spyOn(fs, 'readdirSync').mockImplementation(() => {
    throw Object.assign(new Error('no'), { code: 'EACCES' })
  })
  expect(findFolderFault(dir.path)).toContain(`${dir.path} 无法读取（EACCES）`)
})

it('quotes a folder with a blank', () => {
  expect(texts.next('my app', 'native', '')).toContain('  cd "my app"\n')
  expect(texts.next('my-app', 'native', '')).toContain('  cd my-app\n')
})
