// What all servers of a run of tests log, and all the secrets that its tests use, in one folder: so that at the end
// (log-watch.ts) each line can be searched for each secret. Outside of such a run nothing is gathered.
import { appendFileSync, globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** Environment name of the folder; processes that tests start inherit it. */
export const GATHERED = 'RECADO_GATHERED'

/** In UTF-16 units: what is shorter could be anything. No password is; codes of devices are as long. */
const SHORTEST = 8
/** Digits stand in every time of day, and words such as `password` in sentences. */
const ORDINARY = /^(?:\d+|[A-Za-z]?[a-z]+)$/
/** Names of what is secret in variables, results, and messages of the socket. */
const SECRET_NAMES = /^(?:token|password|current|code|userCode|deviceCode|authorization|cookie)$/i

const known = new Set<string>()
let gatheredFiles = 0

const folder = (): string | undefined => process.env[GATHERED]

/** Where a server's log goes, a piece at a time. @param name says whose it is */
export function gatherLog(name: string): (text: string) => void {
  const into = folder()
  if (into === undefined) return () => {}
  const file = join(into, `${process.pid}-${++gatheredFiles}-${name}.log`)
  return text => appendFileSync(file, text)
}

/** Log files that servers wrote themselves, before they are removed. @param place where they are, at any depth */
export function gatherLogFiles(place: string): void {
  if (folder() === undefined) return
  for (const file of globSync('**/*.log', { cwd: place })) {
    gatherLog(basename(file, '.log'))(readFileSync(join(place, file), 'utf8'))
  }
}

/** Somebody must never find this in a log. Answers with it. */
export function keepSecret<T extends string>(secret: T): T {
  const into = folder()
  if (into === undefined || secret.length < SHORTEST || ORDINARY.test(secret) || known.has(secret)) return secret
  known.add(secret)
  appendFileSync(join(into, `${process.pid}.secrets`), `${JSON.stringify(secret)}\n`)
  return secret
}

/** Keeps what stands under a secret's name anywhere in a value: variables, a result, headers. */
export function keepSecretsIn(value: unknown): void {
  if (folder() === undefined || typeof value !== 'object' || value === null) return
  for (const [name, inner] of Object.entries(value)) {
    if (typeof inner !== 'string') keepSecretsIn(inner)
    else if (SECRET_NAMES.test(name)) for (const word of wordsOf(inner)) keepSecret(word)
  }
}

/** `Bearer TOKEN` and `recado=TOKEN` have the token beside what is no secret; a password is whole. */
function wordsOf(value: string): string[] {
  const inside = /^(?:Bearer +|(?:__Host-)?recado=)(\S+)$/i.exec(value)?.[1]
  // As people type a code, and as it is looked up.
  return inside !== undefined ? [inside] : /^\w{4}-\w{4}$/.test(value) ? [value, value.replace('-', '')] : [value]
}

/** The key of a data folder's digests, in each form in which one writes bytes. */
export function keepStoreSecret(dataDir: string): void {
  if (folder() === undefined) return
  for (const file of globSync('**/recado.db', { cwd: dataDir })) {
    const value = readSecret(join(dataDir, file))
    if (!(value instanceof Uint8Array)) continue
    for (const form of ['hex', 'base64', 'base64url'] as const) keepSecret(Buffer.from(value).toString(form))
  }
}

function readSecret(file: string): unknown {
  try {
    const db = new DatabaseSync(file, { readOnly: true })
    try {
      return db.prepare("SELECT value FROM meta WHERE key = 'secret'").get()?.value
    } finally {
      db.close()
    }
  } catch {
    // A test of full disks and damaged files: its secret is not what it is about.
    return null
  }
}

export interface Leak {
  /** The log's file. */
  readonly file: string
  readonly secret: string
  /** The line that has it. */
  readonly line: string
}

export interface Findings {
  readonly leaks: readonly Leak[]
  readonly secrets: number
  /** UTF-16 units that were searched. */
  readonly searched: number
}

/** Searches the logs of a folder for its secrets, as they are, in JSON and in a URL. */
export function findLeaks(from: string): Findings {
  const secrets = new Set(
    globSync('*.secrets', { cwd: from }).flatMap(file =>
      readFileSync(join(from, file), 'utf8')
        .split('\n')
        .filter(line => line !== '')
        .map(line => JSON.parse(line) as string),
    ),
  )
  /** By their first characters: logs are long and secrets many, so each place of a log is looked at once. */
  const byStart = new Map<string, { form: string; secret: string }[]>()
  for (const secret of secrets) {
    for (const form of new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])) {
      const start = form.slice(0, SHORTEST)
      byStart.set(start, [...(byStart.get(start) ?? []), { form, secret }])
    }
  }
  const leaks: Leak[] = []
  let searched = 0
  for (const file of globSync('*.log', { cwd: from })) {
    const text = readFileSync(join(from, file), 'utf8')
    searched += text.length
    for (let at = 0; at + SHORTEST <= text.length; at++) {
      for (const { form, secret } of byStart.get(text.slice(at, at + SHORTEST)) ?? []) {
        if (!text.startsWith(form, at)) continue
        const line = text.slice(text.lastIndexOf('\n', at) + 1, (text.indexOf('\n', at) + 1 || text.length + 1) - 1)
        leaks.push({ file, secret, line })
      }
    }
  }
  return { leaks, secrets: secrets.size, searched }
}
