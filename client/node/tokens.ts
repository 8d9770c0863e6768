// The keys of this computer's user: for each server and name the token that proves it, in one file that nobody else
// may read. A name without a password is lost with its token, so the file is replaced whole, and by one process at a
// time.
import { chmod, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { foldName } from '../core/name.ts'

export interface StoredToken {
  readonly token: string
  /** The account's id. */
  readonly account: string
  /** As its owner wrote it. */
  readonly username: string
  /** RFC 3339: which name was used last. */
  readonly usedAt: string
}

/** By server address, then by folded name. */
type Tokens = Record<string, Record<string, StoredToken>>

export interface TokenFile {
  readonly path: string
  /** Null: none for this name; without a name, the one that was used last with this server. */
  find(server: string, username: string | undefined): Promise<StoredToken | null>
  /** Resolves when it lasts. */
  keep(server: string, token: StoredToken): Promise<void>
  /** Drops this very token; a newer one of the same name stays. */
  forget(server: string, token: StoredToken): Promise<void>
}

/** The file cannot be read as tokens; it is never overwritten. */
export class DamagedTokens extends Error {
  override readonly name = 'DamagedTokens'
}

const LOCK_DEADLINE_MS = 10_000
/** A lock that is older was left by a process that died. */
const LOCK_STALE_MS = 5_000

/** `$XDG_CONFIG_HOME/recado`, by default `~/.config/recado`. */
export function configFolder(env: Readonly<Record<string, string | undefined>>): string {
  return join(baseFolder(env.XDG_CONFIG_HOME, '.config'), 'recado')
}

/** `$XDG_STATE_HOME/recado`, by default `~/.local/state/recado`. */
export function stateFolder(env: Readonly<Record<string, string | undefined>>): string {
  return join(baseFolder(env.XDG_STATE_HOME, join('.local', 'state')), 'recado')
}

/** The XDG specification has relative paths ignored. */
function baseFolder(given: string | undefined, fallback: string): string {
  return given !== undefined && isAbsolute(given) ? given : join(homedir(), fallback)
}

/** Under which key a name is kept here, however it is spelt; undefined: it is not. */
function keyOf(own: Readonly<Record<string, StoredToken>>, username: string): string | undefined {
  const wanted = foldName(username)
  return Object.keys(own).find(key => foldName(own[key]?.username ?? key) === wanted)
}

export function createTokenFile(path: string): TokenFile {
  const lock = `${path}.lock`

  async function read(): Promise<Tokens> {
    let text: string
    try {
      text = await readFile(path, 'utf8')
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return Object.create(null)
      throw error
    }
    return parseTokens(text, path)
  }

  /** Reads, changes and replaces the file while no other process does. */
  async function change(edit: (tokens: Tokens) => void): Promise<void> {
    const folder = dirname(path)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    // It may be older than this program, and open to others.
    await chmod(folder, 0o700)
    await takeLock(lock)
    try {
      const tokens = await read()
      edit(tokens)
      await replace(path, JSON.stringify(tokens, null, 2))
    } finally {
      await rm(lock, { force: true })
    }
  }

  return {
    path,
    async find(server, username) {
      const own = (await read())[server] ?? noTokens()
      if (username !== undefined) return own[keyOf(own, username) ?? ''] ?? null
      return Object.values(own).reduce<StoredToken | null>(
        (newest, token) => (newest === null || token.usedAt > newest.usedAt ? token : newest),
        null,
      )
    },
    keep: (server, token) =>
      change(tokens => {
        const own = tokens[server] ?? noTokens()
        tokens[server] = { ...own, [keyOf(own, token.username) ?? foldName(token.username)]: token }
      }),
    forget: (server, { token, username }) =>
      change(tokens => {
        const own = tokens[server] ?? noTokens()
        const key = keyOf(own, username)
        if (key !== undefined && own[key]?.token === token) delete own[key]
      }),
  }
}

/** `constructor` and `__proto__` are names like any other. */
function noTokens(): Record<string, StoredToken> {
  return Object.create(null)
}

/** Creating a file that must not exist is the one thing that only one process can do. */
async function takeLock(lock: string): Promise<void> {
  const deadline = performance.now() + LOCK_DEADLINE_MS
  for (;;) {
    try {
      await (await open(lock, 'wx', 0o600)).close()
      return
    } catch (error) {
      if (codeOf(error) !== 'EEXIST' || performance.now() > deadline) throw error
    }
    const age = await stat(lock).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    )
    if (age > LOCK_STALE_MS) await rm(lock, { force: true })
    else await delay(20)
  }
}

async function replace(path: string, text: string): Promise<void> {
  const beside = `${path}.${process.pid}`
  const file = await open(beside, 'w', 0o600)
  try {
    await file.writeFile(`${text}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(beside, path)
}

/** @throws DamagedTokens */
function parseTokens(text: string, path: string): Tokens {
  const tokens: Tokens = Object.create(null)
  try {
    const servers: unknown = JSON.parse(text)
    for (const [server, names] of entriesOf(servers)) {
      const own = noTokens()
      for (const [name, value] of entriesOf(names)) {
        const { token, account, username, usedAt } = value as Partial<Record<keyof StoredToken, unknown>>
        const fields = { token, account, username, usedAt }
        if (!Object.values(fields).every(field => typeof field === 'string')) throw new TypeError(name)
        own[name] = fields as StoredToken
      }
      tokens[server] = own
    }
  } catch (cause) {
    throw new DamagedTokens(path, { cause })
  }
  return tokens
}

function entriesOf(value: unknown): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError('not an object')
  return Object.entries(value)
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
