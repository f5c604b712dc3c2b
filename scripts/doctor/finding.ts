/** What one look found, and how it is shown. */

export type Status = 'ok' | 'warn' | 'fail'

export interface Finding {
  status: Status
  /** What was looked at: a few words, the first column. */
  subject: string
  what: string
  /** What to do about it; there is one whenever the status is not ok. */
  cure?: string
}

const SUBJECT_WIDTH = 18

export const ok = (subject: string, what: string): Finding => ({ status: 'ok', subject, what })
export const warn = (subject: string, what: string, cure: string): Finding => ({
  status: 'warn',
  subject,
  what,
  cure,
})
export const fail = (subject: string, what: string, cure: string): Finding => ({
  status: 'fail',
  subject,
  what,
  cure,
})

/** Whatever a check says, these values never leave it: a report is copied into chats and tickets. */
export function withoutSecrets(finding: Finding, secrets: readonly string[]): Finding {
  const clean = (text: string): string =>
    secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), text)
  return {
    ...finding,
    what: clean(finding.what),
    ...(finding.cure !== undefined && { cure: clean(finding.cure) }),
  }
}

/** One row of the table, its cure in a row of its own. */
export function toRow({ status, subject, what, cure }: Finding): string {
  const head = `${status.padEnd(4)}  ${subject.padEnd(SUBJECT_WIDTH)}  ${what}`
  return cure === undefined ? head : `${head}\n${' '.repeat(8 + SUBJECT_WIDTH)}→ ${cure}`
}
