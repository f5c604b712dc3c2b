/**
 * `npm run conform`: tests a backend or a client against the requirements of
 * docs/minimum-backend.md.
 */
import type { Target } from './backend'
import { backendChecks } from './backend-checks'
import { examineClient } from './client'
import { loadDialect } from './dialect'
import type { Finding } from './report'
import { examine, isGood, toTable } from './report'
import { parseCommand } from '../lib/parse-command'
import { reportFailure, UserError } from '../lib/user-error'

const USAGE = `npm run conform -- --url http://127.0.0.1:3000 [--sandbox http://127.0.0.1:7800] [--json]
npm run conform -- --client bundle.cjs [--json]

--url      the backend; with --sandbox, the sandbox that it takes for WeChat. Without a sandbox the
           checks that need a login are left out.
--appid    the appid of the sandbox, wx5a6dbc0000000001 by default
--dialect  a .ts or .js file that exports how the backend speaks, as AuthOptions.backend does
--path     a route that needs a token, /v1/me by default
--avatar   where avatars are uploaded, /v1/me/avatar by default; none where there is no such route
--profile  where encrypted data goes, /v1/me/wechat-profile by default; or none
--client   a CommonJS bundle that exports createAuth, or createClient({ baseUrl }) with request({ path }),
           and wire beside it where its format is another (docs/minimum-backend.md)
--json     prints {"ok":…,"findings":[{"name":…,"status":"ok"|"fail"|"skip","detail":…}]}
Exit code 1 when something falls short.`

const OPTIONS = {
  url: { type: 'string' },
  sandbox: { type: 'string' },
  appid: { type: 'string', default: 'wx5a6dbc0000000001' },
  dialect: { type: 'string' },
  path: { type: 'string', default: '/v1/me' },
  avatar: { type: 'string', default: '/v1/me/avatar' },
  profile: { type: 'string', default: '/v1/me/wechat-profile' },
  client: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** @throws UserError when it is no address of a server. */
function assertUrl(option: string, text: string | undefined): string | undefined {
  const isServer = (url: string): boolean =>
    URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
  if (text === undefined || isServer(text)) return text?.replace(/\/$/, '')
  throw new UserError(`${option} takes an address such as http://127.0.0.1:3000, not ${text}.`)
}

async function examineBackend(target: Target): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const check of backendChecks) {
    const isLeftOut = check.needsLogin && target.sandboxUrl === undefined
    const { name } = check
    findings.push(
      isLeftOut
        ? { name, status: 'skip', detail: 'needs --sandbox' }
        : await examine(check, target),
    )
  }
  return findings
}

async function run(): Promise<void> {
  const given = parseCommand(OPTIONS, USAGE)
  if (given.help) {
    console.log(USAGE)
    return
  }
  const { url, client, json } = given
  if ((url === undefined) === (client === undefined))
    throw new UserError(`Give either --url or --client.\n${USAGE}`)
  const findings =
    client === undefined
      ? await examineBackend({
          url: assertUrl('--url', url) ?? '',
          sandboxUrl: assertUrl('--sandbox', given.sandbox),
          appid: given.appid,
          dialect: await loadDialect(given.dialect),
          protectedPath: given.path,
          avatarPath: given.avatar,
          profilePath: given.profile,
        })
      : await examineClient(client)
  const ok = isGood(findings)
  console.log(json ? JSON.stringify({ ok, findings }) : toTable(findings))
  if (!ok) process.exitCode = 1
}

run().catch(reportFailure)
