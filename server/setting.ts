// The kinds of settings there are: how the text of an environment variable is read, and what is said of one that is none.
// Which settings there are is in config.ts.
import { isIP, isIPv6 } from 'node:net'

/** One row of the table. */
export interface Setting<T> {
  /** What the value counts, or the values it can have; empty for free text. */
  readonly unit: string
  /** As one would write it in the environment; empty: none. It passes the same check as any other value. */
  readonly default: string
  /** What the check accepts, as the rest of the sentence "NAME must be …". */
  readonly expected: string
  /** One sentence in English. */
  readonly description: string
  /** Its value is not repeated when it is wrong: it may hold a password. */
  readonly isSecret?: boolean
  /** The value of a trimmed text, or undefined when it is not `expected`. */
  parse(text: string): T | undefined
}

/** A network as `net.BlockList.addSubnet` takes it. */
export interface Network {
  readonly address: string
  /** Leading bits that count: 32 or 128 is one address. */
  readonly prefix: number
  readonly family: 'ipv4' | 'ipv6'
}

/** The longest wait that setTimeout takes: 24 days; anything above it would fire at once. */
export const LONGEST_MS = 2 ** 31 - 1
const COUNT = 1_000_000

interface Row {
  readonly unit?: string
  readonly default: string
  readonly description: string
}

export function integer(row: Row & { min?: number; max?: number }): Setting<number> {
  const min = row.min ?? 0
  const max = row.max ?? COUNT
  return {
    unit: row.unit ?? 'count',
    default: row.default,
    description: row.description,
    expected: `a whole number from ${min} to ${max}`,
    parse(text) {
      const value = /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN
      return value >= min && value <= max ? value : undefined
    },
  }
}

export function choice<const T extends string>(values: readonly T[], row: Row): Setting<T> {
  return {
    unit: values.join(' | '),
    default: row.default,
    description: row.description,
    expected: `one of ${values.join(', ')}`,
    parse: text => values.find(value => value === text.toLowerCase()),
  }
}

export function onOff(row: Row): Setting<boolean> {
  const words: Record<string, boolean> = { on: true, true: true, yes: true, 1: true }
  Object.assign(words, { off: false, false: false, no: false, 0: false })
  return {
    unit: 'on | off',
    default: row.default,
    description: row.description,
    expected: 'on or off',
    parse: text => (Object.hasOwn(words, text.toLowerCase()) ? words[text.toLowerCase()] : undefined),
  }
}

export function word<T>(expected: string, parse: (text: string) => T | undefined, row: Row): Setting<T> {
  return { unit: row.unit ?? '', default: row.default, description: row.description, expected, parse }
}

export function list<T>(expected: string, parseItem: (item: string) => T | undefined, row: Row): Setting<readonly T[]> {
  return word(
    expected,
    text => {
      const items = text.split(',').flatMap(item => (item.trim() === '' ? [] : [parseItem(item.trim())]))
      const good = items.filter(item => item !== undefined)
      return good.length === items.length ? good : undefined
    },
    row,
  )
}

/** An address, or a name as in RFC 1123. */
export function parseHost(text: string): string | undefined {
  const label = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?'
  return isIP(text) !== 0 || new RegExp(`^${label}(\\.${label})*$`, 'i').test(text) ? text : undefined
}

/** A URL of one of these schemes without a user, a password or a fragment. */
export function parseUrl(text: string, protocols: readonly string[]): URL | undefined {
  const url = URL.parse(text)
  if (url === null || !protocols.includes(url.protocol)) return undefined
  return url.username === '' && url.password === '' && url.hash === '' ? url : undefined
}

/** One or, for a Cluster, several hosts; null: none. What connects reads it closely (server/redis/client.ts). */
export function parseRedisUrl(text: string): string | null | undefined {
  if (text === '') return null
  const [first = '', ...others] = text.split(',').map(part => part.trim())
  if (!/^rediss?:\/\//.test(first)) return undefined
  const all = [first, ...others.map(part => (/^rediss?:\/\//.test(part) ? part : `redis://${part}`))]
  return all.every(part => URL.parse(part)?.hostname) ? text : undefined
}

/** Null: none. */
export function parsePrintable(text: string): string | null | undefined {
  if (text === '') return null
  return /^[\x20-\x7e]{1,500}$/.test(text) ? text : undefined
}

/** As a browser sends it in `Origin`: no path, no wildcard. Apps have schemes of their own, `capacitor://localhost`. */
export function parseOrigin(text: string): string | undefined {
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^/?#@\s*]+\/?$/i.test(text)) return undefined
  const web = parseUrl(text, ['http:', 'https:'])
  if (web !== undefined) return web.origin
  return /^(https?|wss?|file):/i.test(text) ? undefined : text.replace(/\/$/, '').toLowerCase()
}

/** `10.0.0.0/8`, `fd00::/8`, or one address. Not `/0`: that would believe anybody about their address. */
export function parseNetwork(text: string): Network | undefined {
  const [address = '', bits, ...more] = text.split('/')
  if (isIP(address) === 0 || address.includes('%') || more.length > 0) return undefined
  const family = isIPv6(address) ? 'ipv6' : 'ipv4'
  const longest = family === 'ipv6' ? 128 : 32
  if (bits === undefined) return { address, prefix: longest, family }
  const prefix = /^[0-9]{1,3}$/.test(bits) ? Number(bits) : 0
  return prefix >= 1 && prefix <= longest ? { address, prefix, family } : undefined
}
