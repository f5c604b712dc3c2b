/**
 * Compares dotted versions part by part, as numbers: 2.9.0 is older than 2.21.2.
 *
 * @returns below 0 when a is older, 0 when they are the same, above 0 when a is newer.
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number))
  const parts = Math.max(left?.length ?? 0, right?.length ?? 0)
  for (let i = 0; i < parts; i++) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
