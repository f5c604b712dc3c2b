/** Formats the results as a table or as JSON. */
export interface Finding {
  name: string
  status: 'ok' | 'fail' | 'skip'
  /** The observed result, or why the check was skipped. */
  detail: string
}

interface Runnable<T> {
  name: string
  run(target: T): Promise<string | null>
}

/** Runs one check; a check that throws counts as failed. */
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
