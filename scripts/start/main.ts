/** `npm start`: everything on this computer, until Ctrl-C. */
import { join } from 'node:path'
import { readEnvironment } from '../lib/environment'
import { serve } from './serve'

const ROOT = join(__dirname, '../..')

async function run(): Promise<void> {
  await serve(
    { env: readEnvironment(ROOT), dataDir: join(ROOT, 'data') },
    {
      backend: 'BFF',
      backendDetail: 'its page signs in on the web',
      ownApp: (appid) => `npm run init -- --appid ${appid}`,
    },
  )
}

run().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error))
  process.exit(1)
})
