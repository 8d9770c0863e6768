// nginx before the nodes, from the template that people install too (ops/nginx/recado.conf): in a folder of its own, as
// a user without privileges.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Guard } from './guard.ts'
import { type ManagedProcess, startProcess, untilReady } from './managed-process.ts'
import { isListening } from './ports.ts'
import { programOf } from './programs.ts'

const TEMPLATES = fileURLToPath(new URL('../nginx/', import.meta.url))

export interface NginxValues {
  /** `host:port`, and what else `listen` takes. */
  readonly listen: string
  /** Default: whatever the client calls it. */
  readonly name?: string
  /** `host:port` of each. */
  readonly nodes: readonly string[]
}

/** The template with its values. */
export function renderNginx({ listen, name = '_', nodes }: NginxValues): string {
  const valueByName: Record<string, string> = {
    RECADO_LISTEN: listen,
    RECADO_NAME: name,
    RECADO_NODES: nodes.map(node => `server ${node} max_fails=0;`).join('\n    '),
  }
  const template = readFileSync(join(TEMPLATES, 'recado.conf'), 'utf8')
  return template.replaceAll(/\$\{(RECADO_[A-Z]+)\}/g, (whole, key: string) => valueByName[key] ?? whole)
}

export interface NginxOptions extends Omit<NginxValues, 'listen'> {
  /** For its configuration, its log and its temporary files; made when it is not there. */
  readonly dir: string
  readonly port: number
  /** Default 127.0.0.1. */
  readonly host?: string
  readonly guard: Guard
}

/** Resolves once it listens. Rejects with what nginx says is wrong. */
export async function startNginx({
  dir,
  port,
  host = '127.0.0.1',
  guard,
  ...values
}: NginxOptions): Promise<ManagedProcess> {
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, 'recado.conf'), renderNginx({ ...values, listen: `${host}:${port}` }))
  writeFileSync(join(dir, 'nginx.conf'), readFileSync(join(TEMPLATES, 'main.conf')))
  const logFile = join(dir, 'nginx.log')
  const nginx = await startProcess({
    program: programOf('nginx'),
    args: ['-p', dir, '-c', 'nginx.conf', '-e', 'stderr'],
    guard,
    logFile,
  })
  await untilReady(nginx, logFile, () => isListening(port, host === '0.0.0.0' ? '127.0.0.1' : host))
  return nginx
}
