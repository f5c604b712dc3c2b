/** The input of the checks, so that a test can plant a fault in it. */

export interface DoctorContext {
  /** The project's folder. */
  root: string
  /** The variables of .env, overridden by the shell's. */
  env: NodeJS.ProcessEnv
  /** As in process.versions.node. */
  nodeVersion: string
  now: () => number
  /** With false nothing beyond this computer is contacted. */
  online: boolean
}

/** @returns the variable, or '' for one that is missing. */
export function variable({ env }: DoctorContext, name: string): string {
  return env[name] ?? ''
}
