/** Writes a project from the layers of templates/. Never overwrites a file. */
import {
  constants,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { layersOf, PLACEHOLDERS } from '../choices'
import type { Choices } from './options'

/** npm excludes files with these names from a package. */
const HIDDEN = /^_(npmrc|gitignore|env\.example|prebuild-installrc)$/
const TEXT = /\.(json|md|js)$/
/** DevTools' AppID for a project without one. */
const NO_APPID = 'touristappid'
const EXAMPLE = 'backend/main.mjs'

/** A valid npm name made from a folder's name: lower case, digits, hyphens. */
function packageNameOf(dir: string): string {
  const name = basename(resolve(dir))
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
  return name === '' ? 'wechat-login-app' : name
}

function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [join(entry.parentPath, entry.name)] : [],
  )
}

const shownName = (file: string): string =>
  join(dirname(file), basename(file).replace(HIDDEN, '.$1'))

/** @param templates the folder of the layers. @throws Error of the file system. */
export function writeProject(templates: string, choices: Choices): void {
  const { dir, framework, backend, backendUrl, appid } = choices
  const fill = (text: string): string =>
    text
      .replaceAll(PLACEHOLDERS.name, packageNameOf(dir))
      .replaceAll(PLACEHOLDERS.appid, appid === '' ? NO_APPID : appid)
      .replaceAll(PLACEHOLDERS.backend, backendUrl === '' ? EXAMPLE : backendUrl)
  for (const layer of layersOf(framework, backend).map((name) => join(templates, name))) {
    for (const source of listFiles(layer)) {
      const target = shownName(join(dir, source.slice(layer.length)))
      mkdirSync(dirname(target), { recursive: true })
      if (TEXT.test(source))
        writeFileSync(target, fill(readFileSync(source, 'utf8')), { flag: 'wx' })
      else copyFileSync(source, target, constants.COPYFILE_EXCL)
    }
  }
  if (appid !== '')
    writeFileSync(join(dir, '.env'), `WECHAT_APPID=${appid}\n`, { flag: 'wx', mode: 0o600 })
}
