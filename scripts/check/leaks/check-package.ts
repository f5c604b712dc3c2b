/** The mini-program's package, compiled, searched for what it must not hold. */
import { compilePackage } from './compile-package'
import { findLeaks } from './find-leaks'

/**
 * @param dir the mini-program's root.
 * @returns how many files were searched, and a line for each fault.
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
