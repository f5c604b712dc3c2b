/** What the checks look at: this computer and the project as it is, or as a test plants it. */

export interface DoctorContext {
  /** The project's folder. */
  root: string
  /** .env with the shell's variables in front of it. */
  env: NodeJS.ProcessEnv
  /** As process.versions.node says it. */
  nodeVersion: string
  now: () => number
  /** false asks neither WeChat nor anything else beyond this computer. */
  online: boolean
}

/** @returns the variable, or '' for one that is missing. */
export function variable({ env }: DoctorContext, name: string): string {
  return env[name] ?? ''
}
