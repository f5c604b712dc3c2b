/** The page that the preview's server serves: its mini-program, opened again whenever its files change. */
import { host } from './host'
import { watchServer } from './live-reload'
import { openPage, restart, type AppInfo } from './page'
import { rememberTop } from './start'

watchServer(() => {
  rememberTop()
  restart()
})
openPage({
  readInfo: async () => (await (await host.send('app.json')).json()) as AppInfo,
  script: '/__preview/app.js',
})
