/** Compiles the mini-program with WeChat's own compiler, offline, as an upload would. */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { readProjectConfig } from '../lib/project/project-config'
import { installTools } from '../lib/tool-packages'
import { UserError } from '../lib/user-error'
import { explainFailure } from './wechat-ci/explain-failure'
import { createProgress } from './wechat-ci/progress'
import { CiError, runJob } from './wechat-ci/run-job'
import { listPackage } from './package-sizes'
import type { PackageFile } from './package-sizes'

export interface Compiled {
  zipFile: string
  /** Contains the same files. */
  folder: string
  files: PackageFile[]
}

const WECHAT_CI = join(__dirname, 'wechat-ci')

/**
 * Installs miniprogram-ci on first use and separately from the project's packages, so that npm ci
 * stays fast.
 */
export function installMiniprogramCi(): Promise<void> {
  return installTools(WECHAT_CI, 'miniprogram-ci (276 MB, 1-2 minutes)')
}

/** Translates failures of miniprogram-ci into messages with advice. */
export async function explained<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    if (!(error instanceof CiError)) throw error
    throw new UserError(explainFailure(error.failure), { cause: error })
  })
}

/**
 * @param root of the project.
 * @throws UserError when there is no project, or the compiler rejects it.
 */
export async function compileMiniprogram(root: string): Promise<Compiled> {
  // Check the project before 276 MB are downloaded.
  readProjectConfig(root)
  await installMiniprogramCi()
  const cache = join(root, '.cache')
  const [zipFile, folder] = [join(cache, 'package.zip'), join(cache, 'package')]
  mkdirSync(cache, { recursive: true })
  rmSync(zipFile, { force: true })
  const job = { kind: 'compile', projectPath: root, zipFile, folder } as const
  await explained(runJob(job, createProgress('compiling')))
  const files = listPackage(folder)
  if (files.length === 0) throw new UserError('The compiler made an empty package.')
  return { zipFile, folder, files }
}
