/** The example backend of generated projects is held against docs/minimum-backend.md. */
import { join } from 'node:path'
import { backendChecks } from '../../../../scripts/conform/backend-checks'
import { bffDialect } from '../../../../scripts/conform/dialect'
import { examine } from '../../../../scripts/conform/report'
import { createSandbox } from '../../../../scripts/sandbox/sandbox'
import { sandboxEnv } from '../../../../scripts/start/bff-env'
import { startBff } from '../../../../scripts/start/bff-process'
import { APPID } from '../../../support/bff'

const EXAMPLE = join(__dirname, '../../../../scripts/create/templates/own/backend/main.mjs')

it('does the least that a backend must do', async () => {
  const sandbox = createSandbox()
  const { url: sandboxUrl } = await sandbox.listen(0)
  const env = { PATH: process.env['PATH'], PORT: '0', ...sandboxEnv(sandboxUrl) }
  const backend = await startBff({ env, program: [EXAMPLE], onLine: () => undefined })
  try {
    const target = {
      url: backend.url,
      sandboxUrl,
      appid: APPID,
      dialect: bffDialect,
      protectedPath: '/v1/me',
      avatarPath: 'none',
      profilePath: 'none',
    }
    const findings = []
    for (const check of backendChecks) findings.push(await examine(check, target))
    expect(findings.filter(({ status }) => status === 'fail')).toEqual([])
  } finally {
    await backend.stop()
    await sandbox.close()
  }
})
