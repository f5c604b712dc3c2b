/** What the checks found, as a table or as JSON. */
export interface Finding {
  name: string
  status: 'ok' | 'fail' | 'skip'
  /** What was seen instead, or why it was left out. */
  detail: string
}

interface Runnable<T> {
  name: string
  run(target: T): Promise<string | null>
}

/** Runs one check; a check that can't be finished has failed. */
export async function examine<T>(check: Runnable<T>, target: T): Promise<Finding> {
  const { name } = check
  try {
    const fault = await check.run(target)
    return { name, status: fault === null ? 'ok' : 'fail', detail: fault ?? '' }
  } catch (error) {
    return { name, status: 'fail', detail: error instanceof Error ? error.message : String(error) }
  }
}

export function toTable(findings: Finding[]): string {
  return findings
    .map(({ status, name, detail }) => `${status.padEnd(4)}  ${name}${detail && `: ${detail}`}`)
    .join('\n')
}

export function isGood(findings: Finding[]): boolean {
  return findings.every(({ status }) => status !== 'fail')
}
