/** `npm run doctor`: what is wrong here, and what to do about it. Changes nothing, shows no secret. */
import { join } from 'node:path'
import { styleText } from 'node:util'
import { examine } from './examine'
import { toRow } from './finding'
import type { Finding, Status } from './finding'
import { readEnvironment } from '../lib/environment'
import { parseCommand } from '../lib/parse-command'
import { reportFailure } from '../lib/user-error'

const ROOT = join(__dirname, '../..')
const USAGE = `npm run doctor -- [--offline] [--json]

Looks at Node.js, ports, .env, keys, database, AppID, addresses, privacy declaration and, unless
--offline, asks WeChat whether it knows the AppID and the AppSecret. --json prints
{"ok":…,"findings":[{"status":"ok"|"warn"|"fail","subject":…,"what":…,"cure":…}]}.
Exit code 1 when something fails.`

const OPTIONS = {
  json: { type: 'boolean', default: false },
  offline: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

const COLOURS: Record<Status, 'green' | 'yellow' | 'red'> = {
  ok: 'green',
  warn: 'yellow',
  fail: 'red',
}

/** Only the first word is coloured, and only on a terminal. */
function show(finding: Finding): void {
  const row = toRow(finding)
  const isPlain = !process.stdout.isTTY || process.env['NO_COLOR'] !== undefined
  const { status } = finding
  console.log(isPlain ? row : styleText(COLOURS[status], status) + row.slice(status.length))
}

async function run(): Promise<void> {
  const { json, offline, help } = parseCommand(OPTIONS, USAGE)
  if (help) {
    console.log(USAGE)
    return
  }
  const context = {
    root: ROOT,
    env: readEnvironment(ROOT),
    nodeVersion: process.versions.node,
    now: Date.now,
    online: !offline,
  }
  const findings = await examine(context, json ? () => undefined : show)
  const count = (wanted: Status): number =>
    findings.filter(({ status }) => status === wanted).length
  const isOk = count('fail') === 0
  if (json) console.log(JSON.stringify({ ok: isOk, findings }, null, 2))
  else console.log(`\n${count('ok')} ok, ${count('warn')} to note, ${count('fail')} to mend.`)
  process.exitCode = isOk ? 0 : 1
}

run().catch(reportFailure)
