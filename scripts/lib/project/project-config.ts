/** project.config.json, which DevTools and miniprogram-ci read. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../user-error'

const APPID = /^wx[0-9a-f]{16}$/

export interface ProjectConfig {
  appid: string
  /** The base library that DevTools debugs with; '' when the file names none. */
  libVersion: string
  /** The mini-program's folder, relative to the file, with a trailing slash. */
  miniprogramRoot: string
}

/** @returns false for the placeholder `touristappid` and for text that is not shaped like an AppID. */
export function isRealAppid(text: string): boolean {
  return APPID.test(text)
}

/** @throws UserError when the file is missing or is not JSON. */
export function readProjectConfig(root: string): ProjectConfig {
  const file = join(root, 'project.config.json')
  try {
    const config = JSON.parse(readFileSync(file, 'utf8')) as Partial<ProjectConfig>
    return {
      appid: config.appid ?? '',
      libVersion: config.libVersion ?? '',
      miniprogramRoot: config.miniprogramRoot ?? '',
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new UserError(
      `project.config.json can't be read: ${reason}. Mend it, or take it from git.`,
    )
  }
}
