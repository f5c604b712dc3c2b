import type { Response } from 'express'
import type { AppBuilds } from './app-builds'
import type { Folders } from './build/folders'
import type { Mocks } from './mocks'
import type { WebPages } from './web-pages'

/** The shared state of the routes. */
export interface PreviewState {
  folders: Folders
  appid: string
  sandboxUrl: string | undefined
  bffUrl: string | undefined
  devOrigin: string
  /** Answers for requests, by host and path. */
  mocks: Mocks
  /** Additional hosts that requests may reach. */
  allow: readonly string[]
  /** A process of the developer that runs cloud functions. */
  functionUrl: string | undefined
  client: Promise<{ script: string; css: string }>
  builds: AppBuilds
  webPages: WebPages
  /** Open event streams of pages. */
  listeners: Set<Response>
  /** Whether pages learn of new builds. */
  liveReload: boolean
}
