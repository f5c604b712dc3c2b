/**
 * Three MariaDB nodes with Galera on free ports of this machine, with their own data. The MariaDB
 * that already runs here is not touched, and each node is stopped by its pid.
 * https://galeracluster.com/library/documentation/galera-parameters.html
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createConnection } from 'mysql2/promise'
import { isInCi } from '../../support/ci'
import { makeTempDir } from '../../support/temp-dir'
import { freePorts } from './free-ports'
import { patiently } from './patiently'

const PROVIDERS = [
  '/usr/lib/galera/libgalera_smm.so',
  '/usr/lib64/galera-4/libgalera_smm.so',
  '/usr/lib/libgalera_smm.so',
]
const NODES = 3
const SYNCED_WITHIN_MS = 120_000
/** A node without a quorum accepts connections slowly under load. */
const ANSWER_WITHIN_MS = 10_000
const STOPPED_WITHIN_MS = 30_000
/**
 * How long until a survivor declares a node dead; Galera's default of 5 s is too long for a short
 * test.
 */
const SUSPECT_AFTER = 'evs.keepalive_period=PT0.5S;evs.suspect_timeout=PT2S'

const isRoot = process.getuid?.() === 0
const isThere = (tool: string) => spawnSync('sh', ['-c', `command -v ${tool}`]).status === 0

/** @returns what is missing and how to install it; null when three nodes can be started. */
function findMissing(): string | null {
  const tools = ['mariadbd', 'mariadb-install-db', 'rsync', 'redis-server'].filter(
    (tool) => !isThere(tool),
  )
  const missing = PROVIDERS.some(existsSync) ? tools : [...tools, 'libgalera_smm.so']
  if (missing.length === 0) return null
  return `no ${missing.join(', ')}: apt-get install mariadb-server redis-server`
}

/** Skipped with a message when something is missing; fails in CI. */
export function describeOnCluster(name: string, suite: () => void): void {
  const missing = findMissing()
  if (missing === null) describe(name, suite)
  else if (isInCi()) it(`${name}: what it needs is there`, () => expect(missing).toBeNull())
  else describe.skip(`${name} (${missing})`, suite)
}

interface Ports {
  sql: number
  group: number
  ist: number
  sst: number
}

export interface GaleraNode {
  url: string
  /** On its own connection, as an operator. */
  run(sql: string): Promise<Record<string, unknown>[]>
  isSynced(): Promise<boolean>
  /** Blocks writes from other nodes until `goOn` is called. */
  lag(): Promise<{ goOn(): Promise<void> }>
  kill(): Promise<void>
  /** Freezes the process; its connections stay open. */
  freeze(): void
  thaw(): void
  /** After kill: restarts with its own data and gets the rest from the other nodes. */
  revive(): Promise<void>
}

function toConfig(dir: string, ports: Ports, all: readonly Ports[], provider: string): string {
  const at = (port: number) => `127.0.0.1:${port}`
  const options = [
    `gmcast.listen_addr=tcp://${at(ports.group)}`,
    `ist.recv_addr=${at(ports.ist)}`,
    'gcache.size=32M',
    `gcache.dir=${dir}`,
    SUSPECT_AFTER,
  ]
  return [
    '[mysqld]',
    // rsync, which Galera uses, refuses to run as root.
    ...(isRoot ? ['user=mysql'] : []),
    `datadir=${dir}`,
    `socket=${dir}/s.sock`,
    `pid-file=${dir}/pid`,
    `log-error=${dir}/log.err`,
    'bind-address=127.0.0.1',
    `port=${ports.sql}`,
    ...['skip-name-resolve', 'performance-schema=OFF'],
    ...['innodb-buffer-pool-size=64M', 'innodb-log-file-size=32M'],
    ...['innodb-flush-log-at-trx-commit=1', 'binlog-format=ROW', 'innodb-autoinc-lock-mode=2'],
    ...['wsrep-on=ON', `wsrep-provider=${provider}`, 'wsrep-cluster-name=lab'],
    `wsrep-cluster-address=gcomm://${all.map(({ group }) => at(group)).join(',')}`,
    `wsrep-node-address=${at(ports.group)}`,
    ...['wsrep-sst-method=rsync', `wsrep-sst-receive-address=${at(ports.sst)}`],
    `wsrep-provider-options="${options.join(';')}"`,
  ].join('\n')
}

/** Everything must be accessible to the node's own user. */
function makeData(dir: string, isFirst: boolean): void {
  mkdirSync(dir)
  if (isFirst) {
    const args = ['--no-defaults', `--datadir=${dir}`, '--auth-root-authentication-method=normal']
    const user = isRoot ? ['--user=mysql'] : []
    execFileSync('mariadb-install-db', [...args, ...user], { stdio: 'pipe' })
  }
  if (isRoot) execFileSync('chown', ['-R', 'mysql:', dir])
}

async function ask(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const connection = await createConnection({ uri: url, connectTimeout: ANSWER_WITHIN_MS })
  try {
    const [rows] = await connection.query(sql)
    return rows as Record<string, unknown>[]
  } finally {
    connection.destroy()
  }
}

class Node implements GaleraNode {
  readonly url: string
  private child: ChildProcess | null = null
  private exited: Promise<void> = Promise.resolve()

  constructor(
    private readonly config: string,
    private readonly dir: string,
    port: number,
  ) {
    this.url = `mysql://root@127.0.0.1:${port}/mysql`
  }

  run(sql: string) {
    return ask(this.url, sql)
  }

  async isSynced(): Promise<boolean> {
    const rows = await this.run(`SHOW STATUS LIKE 'wsrep_local_state_comment'`).catch(() => [])
    return rows[0]?.['Value'] === 'Synced'
  }

  async lag() {
    const connection = await createConnection(this.url)
    await connection.query('FLUSH TABLES WITH READ LOCK')
    return { goOn: () => connection.end() }
  }

  async start(...more: string[]): Promise<void> {
    const child = spawn('mariadbd', [`--defaults-file=${this.config}`, ...more], {
      stdio: 'ignore',
    })
    const life = { isOver: false }
    this.child = child
    this.exited = new Promise((resolve) =>
      child.once('exit', () => {
        life.isOver = true
        resolve()
      }),
    )
    await patiently(SYNCED_WITHIN_MS, async () => {
      if (life.isOver) throw new Error(`a node ended:\n${this.lastLines()}`)
      return this.isSynced()
    })
  }

  private lastLines(): string {
    return readFileSync(join(this.dir, 'log.err'), 'utf8').split('\n').slice(-15).join('\n')
  }

  async kill(): Promise<void> {
    this.child?.kill('SIGKILL')
    await this.exited
  }

  freeze(): void {
    this.child?.kill('SIGSTOP')
  }

  thaw(): void {
    this.child?.kill('SIGCONT')
  }

  async revive(): Promise<void> {
    const args = [
      `--defaults-file=${this.config}`,
      '--wsrep-recover',
      `--log-error=${this.dir}/where.err`,
    ]
    spawnSync('mariadbd', args, { stdio: 'ignore' })
    const said = readFileSync(join(this.dir, 'where.err'), 'utf8')
    const position = /Recovered position:\s*([0-9a-f-]+:-?\d+)/.exec(said)?.[1]
    await this.start(...(position === undefined ? [] : [`--wsrep-start-position=${position}`]))
  }

  async stop(): Promise<void> {
    this.thaw()
    this.child?.kill('SIGTERM')
    const late = setTimeout(() => this.child?.kill('SIGKILL'), STOPPED_WITHIN_MS)
    await this.exited
    clearTimeout(late)
  }
}

export interface Galera {
  nodes: [GaleraNode, GaleraNode, GaleraNode]
  stop(): Promise<void>
}

export async function startGalera(): Promise<Galera> {
  const dir = makeTempDir()
  execFileSync('chmod', ['755', dir.path])
  const numbers = await freePorts(NODES * 4)
  const ports = Array.from({ length: NODES }, (_, n): Ports => {
    const [sql = 0, group = 0, ist = 0, sst = 0] = numbers.slice(n * 4, n * 4 + 4)
    return { sql, group, ist, sst }
  })
  const provider = PROVIDERS.find(existsSync) ?? ''
  const nodes = ports.map((own, n) => {
    const data = join(dir.path, `n${n}`)
    makeData(data, n === 0)
    const config = join(dir.path, `n${n}.cnf`)
    writeFileSync(config, toConfig(data, own, ports, provider))
    return new Node(config, data, own.sql)
  })
  const stop = async (): Promise<void> => {
    // The node that stops last is the one that could bootstrap the cluster.
    for (const node of [...nodes].reverse()) await node.stop()
    dir.remove()
  }
  try {
    for (const [n, node] of nodes.entries())
      await node.start(...(n === 0 ? ['--wsrep-new-cluster'] : []))
  } catch (error) {
    await stop()
    throw error
  }
  return { nodes: nodes as unknown as Galera['nodes'], stop }
}
