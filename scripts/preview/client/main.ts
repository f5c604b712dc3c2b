/**
 * The page of the preview's server: runs its mini-program and restarts it whenever files change.
 */
import { host } from './host'
import { watchServer } from './live-reload'
import { openPage, restart, type AppInfo } from './page'
import { rememberTop } from './start'

/** The build that this page shows, and the server's newest; null until they are known. */
const builds: Record<'shown' | 'newest', string | null> = { shown: null, newest: null }

function learn(which: keyof typeof builds, id: string): void {
  builds[which] = id
  const { shown, newest } = builds
  if (shown === null || newest === null || shown === newest) return
  rememberTop()
  restart()
}

async function readInfo(): Promise<AppInfo & { build: string }> {
  const answer = await host.send('app.json')
  if (!answer.ok) throw new Error(await answer.text())
  return (await answer.json()) as AppInfo & { build: string }
}

watchServer((id) => learn('newest', id))
// Another tab may have heard of a new build while this page lay in the browser's cache.
window.addEventListener('pageshow', ({ persisted }) => {
  if (persisted) readInfo().then(({ build }) => learn('newest', build), console.warn)
})
openPage({
  readInfo: async () => {
    const info = await readInfo()
    learn('shown', info.build)
    return info
  },
  script: '/__preview/app.js',
})
