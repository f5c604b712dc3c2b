/**
 * Searches the compiled mini-program package, and folders to be published, for forbidden content.
 */
import { relative } from 'node:path'
import { compilePackage, listFiles, readText } from './compile-package'
import { findLeaks } from './find-leaks'

/**
 * @param dir the mini-program's root.
 * @returns the number of files searched, and one line per finding.
 */
export async function findPackageFaults(
  dir: string,
  secrets: readonly string[],
): Promise<{ files: number; faults: string[] }> {
  const { files, outsiders } = await compilePackage(dir)
  const faults = outsiders.map(
    (path) => `${path}: is not part of the mini-program, yet bundled into it`,
  )
  for (const { path, text } of files) {
    for (const { what, start } of findLeaks(text, secrets)) {
      faults.push(`miniprogram/${path}: holds ${what} (${start}…)`)
    }
  }
  return { files: files.length, faults }
}

/** Searches a folder that is published unchanged; findings begin with the file's path inside it. */
export function findFolderFaults(
  dir: string,
  secrets: readonly string[],
): { files: number; faults: string[] } {
  const files = listFiles(dir)
  const faults = files.flatMap((file) =>
    findLeaks(readText(file), secrets).map(
      ({ what, start }) => `${relative(dir, file)}: holds ${what} (${start}…)`,
    ),
  )
  return { files: files.length, faults }
}
