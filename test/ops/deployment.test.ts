// Units, image and compose file name things of this repository: that each of them exists, and fits, is checked here. The
// units are also read by systemd itself where it is installed; what the image copies is run without a container.
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { freePort } from '../../ops/cluster/ports.ts'
import { programOf } from '../../ops/cluster/programs.ts'
import { parseConfig, SETTINGS } from '../../server/config.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (file: string): string => readFileSync(join(root, file), 'utf8')
const opened: { close(): unknown }[] = []

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'recado-deployment-'))
  opened.push({ close: () => rmSync(dir, { recursive: true, force: true }) })
  return dir
}

/** DRAIN_SECONDS by default, and what a node may need beyond: docs/PROTOCOL.md, DRAIN. */
const STOP_SECONDS = Number(SETTINGS.DRAIN_SECONDS.default) + 5

/** Throws unless the server knows these settings, and takes their values. */
function checkSettings(env: Readonly<Record<string, string>>): void {
  const { NODE_ENV, ...settings } = env
  expect(Object.keys(settings).filter(name => !Object.hasOwn(SETTINGS, name))).toEqual([])
  parseConfig(settings)
}

/** `NAME=value`, one or several a line. */
function environmentOf(lines: string): Record<string, string> {
  return Object.fromEntries(lines.split(/\s+/).flatMap(pair => (pair.includes('=') ? [splitOnce(pair, '=')] : [])))
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator)
  return [text.slice(0, at).trim(), text.slice(at + 1).trim()]
}

describe('the systemd units', () => {
  const files = globSync('ops/systemd/*.{service,timer}', { cwd: root })
  const services = files.filter(file => file.endsWith('.service'))

  /** Every value of a directive, in order. */
  function valuesOf(file: string, name: string): string[] {
    return [...read(file).matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value = '']) => value)
  }

  test('name programs and files that are there', () => {
    expect(services).toHaveLength(2)
    for (const file of files) {
      const paths = [...read(file).matchAll(/\/opt\/recado\/([^\s;"')]+)/g)].map(([, path = '']) => path)
      for (const path of paths) expect(existsSync(join(root, path)), `${file}: ${path}`).toBe(true)
      const scripts = valuesOf(file, 'ExecStart(?:Post)?').flatMap(
        line => line.match(/(?<![\w/.])(?:bin|ops)\/[\w.-]+/g) ?? [],
      )
      for (const script of scripts) expect(existsSync(join(root, script)), `${file}: ${script}`).toBe(true)
    }
  })

  test('set what the server knows, and give a node the time to drain', () => {
    const node = 'ops/systemd/recado@.service'
    const env = environmentOf(
      valuesOf(node, 'Environment').join(' ').replaceAll('%i', '4001').replaceAll('%S', '/var/lib'),
    )
    checkSettings({ ...env, ...environmentOf(read('ops/systemd/recado.env').replaceAll(/^#.*$/gm, '')) })
    expect(Number(valuesOf(node, 'TimeoutStopSec')[0])).toBeGreaterThan(STOP_SECONDS)
    for (const service of services) {
      expect(valuesOf(service, 'DynamicUser')).toEqual(['yes'])
      expect(valuesOf(service, 'ProtectSystem')).toEqual(['strict'])
      // The same account, or it could not read the file.
      expect(valuesOf(service, 'User')).toEqual(['recado'])
    }
  })

  test('are good systemd, and leave a node little that it could do', async () => {
    const dir = await folder()
    // Where it would be installed is here; the template is one node.
    const here = (text: string): string =>
      text.replaceAll('/opt/recado', root.replace(/\/$/, '')).replaceAll('/etc/recado', dir)
    for (const file of [...files, 'ops/systemd/recado.env']) {
      const name = file.slice(file.lastIndexOf('/') + 1).replace('@.', '@4001.')
      writeFileSync(join(dir, name), here(read(file)))
    }
    const units = ['recado@4001.service', 'recado-backup.service', 'recado-backup.timer'].map(name => join(dir, name))
    const verified = spawnSync('systemd-analyze', ['verify', '--man=no', ...units], { encoding: 'utf8' })
    expect(verified.stderr.split('\n').filter(line => line.includes('recado'))).toEqual([])
    expect(verified.status).toBe(0)
    for (const unit of units.slice(0, 2)) {
      const args = ['security', '--offline=true', '--threshold=20', unit]
      expect(spawnSync('systemd-analyze', args, { encoding: 'utf8' }).status, unit).toBe(0)
    }
  })
})

describe('the image', () => {
  const dockerfile = read('Dockerfile')
  const [, last = ''] = dockerfile.split(/^FROM node:24-slim\n/m)

  test('sets what the server knows, runs as somebody without rights, and asks whether it is ready', () => {
    checkSettings(environmentOf(/^ENV (.*)$/m.exec(last)?.[1] ?? ''))
    expect(last).toMatch(/^USER node$/m)
    expect(last).toMatch(/^HEALTHCHECK .*"ops\/ready.ts"/m)
    expect(last).toMatch(/^STOPSIGNAL SIGTERM$/m)
    for (const [, files = ''] of dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm)) {
      for (const file of files.split(' ')) expect(existsSync(join(root, file)), file).toBe(true)
    }
  })

  test('has all that a node needs: what it copies serves, and nothing of it is only there for development', async () => {
    const dir = await folder()
    const copied = [...last.matchAll(/^COPY --from=build (.*) \S+$/gm)].flatMap(([, paths = '']) => paths.split(' '))
    const paths = copied.map(path => path.replace('/recado/', ''))
    for (const path of paths) {
      mkdirSync(dirname(join(dir, path)), { recursive: true })
      if (path === 'node_modules') symlinkSync(join(root, path), join(dir, path))
      else cpSync(join(root, path), join(dir, path), { recursive: true })
    }
    const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> }
    const sources = globSync(['bin/**/*.ts', 'server/**/*.ts', 'client/{core,terminal}/**/*.ts', 'ops/**/*.ts'], {
      cwd: dir,
    })
    const imported = sources.flatMap(file =>
      [...readFileSync(join(dir, file), 'utf8').matchAll(/^(?:import|export) (?!type ).*? from '([^.'][^']*)'/gms)].map(
        ([, specifier = '']) =>
          specifier
            .split('/')
            .slice(0, specifier.startsWith('@') ? 2 : 1)
            .join('/'),
      ),
    )
    expect(imported.length).toBeGreaterThan(50)
    expect([...new Set(imported)].filter(name => !isBuiltin(name) && !Object.hasOwn(dependencies, name))).toEqual([])

    const port = String(await freePort())
    const env = { ...process.env, PORT: port, HOST: '127.0.0.1', DATA_DIR: join(dir, 'data'), LOG_LEVEL: 'warn' }
    const node: ChildProcess = spawn(process.execPath, ['bin/recado.js', 'serve'], { cwd: dir, env, stdio: 'ignore' })
    const ended = once(node, 'exit')
    opened.push({ close: () => node.kill('SIGKILL') })
    const ready = (seconds: number) =>
      spawnSync(process.execPath, ['ops/ready.ts', String(seconds)], { cwd: dir, env }).status
    expect(ready(30)).toBe(0)
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200)
    node.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
    expect(ready(0)).toBe(1)
  }, 60_000)
})

describe('compose.yaml', () => {
  const compose = read('compose.yaml')
  const [, nodePart = ''] = /^x-node: &node\n([\s\S]*?)^services:/m.exec(compose) ?? []
  const servicePart = (name: string): string =>
    new RegExp(`^  ${name}:\\n((?:    .*\\n|\\n|  #.*\\n)*)`, 'm').exec(compose)?.[1] ?? ''
  const addressOf = (name: string): string => /ipv4_address: (\S+)/.exec(servicePart(name))?.[1] ?? ''

  /** The mapping under `environment:`. */
  function environmentIn(part: string): Record<string, string> {
    const [, block = ''] = /^( +)environment:\n((?:\1 +.*\n)*)/m.exec(part)?.slice(1) ?? []
    const rows = block.split('\n').filter(line => line.trim() !== '' && !line.trim().startsWith('#'))
    return Object.fromEntries(
      rows.map(row => splitOnce(row, ':')).map(([name, value]) => [name, value.replace(/^'(.*)'$/, '$1')]),
    )
  }

  test('its nodes get settings that the server knows, trust nginx alone, and have the time to drain', () => {
    const env = environmentIn(nodePart)
    expect(Object.keys(env)).toEqual(['REDIS_URL', 'PUBLIC_URL', 'TRUST_PROXY'])
    checkSettings({ ...env, PUBLIC_URL: /:-(.*)\}/.exec(env.PUBLIC_URL ?? '')?.[1] ?? '' })
    expect(env.TRUST_PROXY).toBe(addressOf('nginx'))
    expect(Number(/stop_grace_period: (\d+)s/.exec(nodePart)?.[1])).toBeGreaterThan(STOP_SECONDS)
  })

  test('its Redis keeps what it acknowledges', () => {
    const redis = servicePart('redis')
    expect(redis).toContain('--appendonly yes --appendfsync always')
    expect(redis).toContain('--maxmemory-policy noeviction')
    expect(redis).toContain("'redis:/data'")
  })

  test('its nginx fills in the template, as the image does, to something that nginx takes', async () => {
    const values = environmentIn(servicePart('nginx'))
    expect(Object.keys(values)).toEqual(['RECADO_LISTEN', 'RECADO_NAME', 'RECADO_NODES'])
    for (const node of ['node-1', 'node-2', 'node-3']) expect(values.RECADO_NODES).toContain(`${addressOf(node)}:4000`)
    const [, template = ''] =
      /- \.\/(\S+):\/etc\/nginx\/templates\/recado\.conf\.template/.exec(servicePart('nginx')) ?? []
    const dir = await folder()
    const filled = read(template).replaceAll(/\$\{?(RECADO_[A-Z]+)\}?/g, (_, name: string) => values[name] ?? '')
    writeFileSync(join(dir, 'recado.conf'), filled)
    writeFileSync(join(dir, 'nginx.conf'), read('ops/nginx/main.conf'))
    execFileSync(programOf('nginx'), ['-t', '-p', dir, '-c', 'nginx.conf', '-e', 'stderr'], { stdio: 'pipe' })
  })
})
