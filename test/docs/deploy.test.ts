/**
 * The files of docs/deploy/, checked by parsers of their languages, without Docker, nginx or
 * systemd.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { DockerfileParser } from 'dockerfile-ast'
import { parse } from 'yaml'
import { parseConfig } from '../../server/config'
import { parseEnvKeys } from './env-keys'
import { ROOT } from './pages'

const read = (name: string): string => readFileSync(join(ROOT, 'docs/deploy', name), 'utf8')

const secrets: Record<string, string> = {
  WECHAT_APPID: 'wx0123456789abcdef',
  WECHAT_APPSECRET: 'f00dfeedf00dfeed',
  JWT_SECRETS: 'a:Xk3vN8qLw2ZrT7yB5mHc9PdFgJsAe4Uo',
  DATA_KEYS: `d:${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`,
  PUBLIC_URL: 'https://api.example.com',
  MYSQL_PASSWORD: 'a1b2c3',
}

describe('Dockerfile', () => {
  const dockerfile = DockerfileParser.parse(read('Dockerfile'))
  const instructions = dockerfile.getInstructions()
  const starts = instructions.flatMap((one, index) => (one.getKeyword() === 'FROM' ? [index] : []))
  const last = instructions.slice(starts.at(-1))
  const keywords = last.map((one) => one.getKeyword())
  const imageEnv = Object.fromEntries(
    dockerfile
      .getENVs()
      .flatMap((env) => env.getProperties().map((p) => [p.getName(), p.getValue()])),
  ) as Record<string, string>

  it('copies only existing files, and hides all others from the builder', () => {
    const allowed = read('Dockerfile.dockerignore').split('\n')
    const sources = dockerfile.getCOPYs().flatMap((copy) => {
      const isOfStage = copy.getFlags().some((flag) => flag.getName() === 'from')
      const words = copy.getArguments().map((argument) => argument.getValue())
      return isOfStage ? [] : words.slice(0, -1)
    })
    expect(sources.filter((source) => !existsSync(join(ROOT, source)))).toEqual([])
    expect(allowed[1]).toBe('*')
    expect(
      allowed
        .filter((line) => line.startsWith('!'))
        .map((line) => line.slice(1))
        .sort(),
    ).toEqual([...new Set(sources)].sort())
    expect(allowed).toEqual(expect.arrayContaining(['**/node_modules', '**/.env*']))
  })

  it('ends in a slim stage that runs no build step, as a user other than root', () => {
    expect(starts.length).toBeGreaterThan(1)
    expect(last[0]?.getArgumentsContent()).toMatch(/^node:\d+-\w+-slim$/)
    expect(keywords).not.toContain('RUN')
    expect(last.find((one) => one.getKeyword() === 'USER')?.getArgumentsContent()).toBe('node')
    // The exec form, because a shell would not forward SIGTERM.
    expect(last.at(-1)?.getArgumentsContent()).toBe('["node", "dist/server/main.js"]')
  })

  it('has settings that the server accepts, and accepts the headers of 云托管 only there', () => {
    const env = {
      ...imageEnv,
      ...secrets,
      WECHAT_APPSECRET: undefined,
      TRUST_CLOUD_HEADERS: 'true',
    }
    expect(Object.keys(imageEnv).filter((name) => !parseEnvKeys().includes(name))).toEqual([])
    expect(parseConfig({ ...env, CBR_ENV_ID: 'prod-1' })).toMatchObject({
      host: '0.0.0.0',
      port: 3000,
      trustCloudHeaders: true,
    })
    expect(imageEnv).toMatchObject({ NODE_ENV: 'production' })
    expect(() => parseConfig(env)).toThrow('TRUST_CLOUD_HEADERS')
  })

  it('has a health check that distinguishes a working service from a broken one', async () => {
    const check = dockerfile.getHEALTHCHECKs()[0]!
    const [, code = ''] = /-e", ("(?:[^"\\]|\\.)*")/.exec(check.getArgumentsContent() ?? '') ?? []
    const server = createServer((req, res) =>
      res.writeHead(req.url === '/healthz' ? 200 : 404).end(),
    )
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const run = async (): Promise<unknown> => {
      const PORT = String(port)
      const child = spawn(process.execPath, ['-e', JSON.parse(code) as string], { env: { PORT } })
      return (await once(child, 'close'))[0]
    }
    const { port } = server.address() as AddressInfo
    expect(await run()).toBe(0)
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
    expect(await run()).toBe(1)
  })
})

interface Compose {
  services: Record<
    string,
    {
      build?: { context: string; dockerfile: string }
      environment?: Record<string, string>
      ports?: string[]
      healthcheck?: object
      depends_on?: Record<string, { condition: string }>
      volumes?: string[]
    }
  >
  volumes: Record<string, null>
}

describe('compose.yaml', () => {
  const { services, volumes } = parse(read('compose.yaml')) as Compose
  const { bff, mysql, redis } = services
  /** Fills in `${NAME:?message}` and `$$` as Compose does. */
  const fill = (text: string): string =>
    text
      .replace(/\$\{([A-Z_]+):\?[^}]*\}/g, (_all, name: string) => secrets[name] ?? '')
      .replaceAll('$$', '$')

  it('builds the image, and starts MySQL and Redis before it', () => {
    expect(Object.keys(services).sort()).toEqual(['bff', 'mysql', 'redis'])
    expect(existsSync(join(ROOT, 'docs/deploy', bff!.build!.context, bff!.build!.dockerfile))).toBe(
      true,
    )
    for (const [name, { condition }] of Object.entries(bff!.depends_on!)) {
      expect(condition).toBe('service_healthy')
      expect(services[name]!.healthcheck).toBeDefined()
    }
    expect(mysql!.volumes!.map((volume) => volume.split(':')[0])).toEqual(Object.keys(volumes))
  })

  it('is reachable only from this machine', () => {
    expect(bff!.ports).toEqual(['127.0.0.1:3000:3000'])
    expect([mysql!.ports, redis!.ports]).toEqual([undefined, undefined])
  })

  it('gives the server an environment that it accepts, and contains no secret itself', () => {
    const entries = Object.entries(bff!.environment!)
    expect(entries.map(([name]) => name).filter((name) => !parseEnvKeys().includes(name))).toEqual(
      [],
    )
    const env = Object.fromEntries(entries.map(([name, text]) => [name, fill(text)]))
    expect(parseConfig({ ...env, NODE_ENV: 'production' })).toMatchObject({
      databaseUrl: 'mysql://bff:a1b2c3@mysql:3306/bff',
      redisUrl: 'redis://redis:6379',
      trustProxy: 1,
    })
    const asked = [...read('compose.yaml').matchAll(/\$\{([A-Z_]+):\?/g)].map(([, name]) => name)
    const example = [...read('compose.env.example').matchAll(/^([A-Z_]+)=/gm)].map(
      ([, name]) => name,
    )
    expect([...new Set(asked)].sort()).toEqual(example.sort())
  })
})

describe('nginx.conf', () => {
  const text = read('nginx.conf')

  it('is complete: every directive ends, every block closes', () => {
    const lines = text.split('\n').map((line) => line.replace(/#.*/, '').trim())
    expect(lines.filter((line) => line !== '' && !/[;{}]$/.test(line))).toEqual([])
    expect(text.split('{').length).toBe(text.split('}').length)
  })

  it('removes every header that identifies a caller', () => {
    const source = readFileSync(join(ROOT, 'server/cloud/headers.ts'), 'utf8')
    const names = [...source.matchAll(/'(x-wx-[a-z-]+)'/g)].map(([, name = '']) =>
      name.toUpperCase(),
    )
    expect(names.length).toBeGreaterThan(6)
    for (const name of names) expect(text).toContain(`proxy_set_header ${name} "";`)
  })
})

it('wechat-login.service is a valid unit and does not restart after a configuration error', () => {
  const lines = read('wechat-login.service').split('\n')
  expect(lines.filter((line) => !/^(#.*|\[\w+\]|[A-Z]\w+=.*|)$/.test(line))).toEqual([])
  expect(lines).toEqual(expect.arrayContaining(['DynamicUser=yes', 'RestartPreventExitStatus=78']))
})
