/**
 * Collects the licences of the packages in a bundle, because most licences require a copy with the
 * code.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const PACKAGE = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//

function readLicence(folder: string): string {
  const file = existsSync(folder)
    ? readdirSync(folder).find((name) => /^licen[cs]e/i.test(name))
    : undefined
  return file === undefined ? '' : readFileSync(join(folder, file), 'utf8').trim()
}

/** @param inputs the files that esbuild read, from its metafile. */
function listLicences(inputs: readonly string[]): string {
  const folders = new Set(
    inputs.flatMap((file) => {
      const folder = PACKAGE.exec(file.replaceAll('\\', '/'))?.[1]
      return folder === undefined ? [] : [folder]
    }),
  )
  return [...folders]
    .sort()
    .map((folder) => {
      const { name, version, license } = JSON.parse(
        readFileSync(join(folder, 'package.json'), 'utf8'),
      ) as { name: string; version: string; license?: string }
      return `${name} ${version} (${license ?? 'see below'})\n\n${readLicence(folder)}\n`
    })
    .join(`\n${'-'.repeat(80)}\n\n`)
}

/** Our own licence and those of the bundled packages. */
export function writeLicence(own: string, inputs: readonly string[]): string {
  const others = listLicences(inputs)
  const line = '='.repeat(80)
  return others === '' ? own : `${own}\n${line}\nIt holds code of these packages:\n\n${others}`
}
