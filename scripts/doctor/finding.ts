/** The result of one check, and how it is shown. */

export type Status = 'ok' | 'warn' | 'fail'

export interface Finding {
  status: Status
  /** What was checked, in a few words: the first column. */
  subject: string
  what: string
  /** What to do about it; present unless the status is ok. */
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

/** Replaces the secrets in a finding, since reports are copied into chats and tickets. */
export function withoutSecrets(finding: Finding, secrets: readonly string[]): Finding {
  const clean = (text: string): string =>
    secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), text)
  return {
    ...finding,
    what: clean(finding.what),
    ...(finding.cure !== undefined && { cure: clean(finding.cure) }),
  }
}

/** One row of the table, with the cure on the next line. */
export function toRow({ status, subject, what, cure }: Finding): string {
  const head = `${status.padEnd(4)}  ${subject.padEnd(SUBJECT_WIDTH)}  ${what}`
  return cure === undefined ? head : `${head}\n${' '.repeat(8 + SUBJECT_WIDTH)}→ ${cure}`
}
