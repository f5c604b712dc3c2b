/**
 * Compares base library versions number by number, because as strings 2.9 would be newer than 2.16.
 */
import { settings } from './settings'

/** Negative when `a` is older than `b`, 0 when equal, positive when newer. */
export function compareVersions(a: string, b: string): number {
  const left = a.split('.').map(Number)
  const right = b.split('.').map(Number)
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** Whether the chosen base library is at least `version`. */
export function hasVersion(version: string): boolean {
  return compareVersions(settings.sdk, version) >= 0
}
