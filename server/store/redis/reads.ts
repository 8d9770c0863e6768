// Every read of the log: one script call each, so that an answer is of one moment, and says of which history it is. An
// answer of another history than the caller's is never passed on.
import { type Entry, maySee, ORIGIN, type Position } from '../../domain/entry.ts'
import { Refusal } from '../../domain/errors.ts'
import type { Page, PageQuery, Store } from '../store.ts'
import type { Connection } from './connection.ts'
import { entryOf, nonceField } from './entries.ts'
import type { History } from './history.ts'
import type { Keys } from './keys.ts'
import { READ, type Source } from './log-scripts.ts'
import { runScript } from './script.ts'

export type Reads = Pick<Store, 'read' | 'page' | 'at' | 'newest' | 'follow' | 'findNonce'>

export interface ReadsOptions {
  readonly connection: Connection
  readonly history: History
  readonly keys: Keys
}

/** Where a walk along the log starts, and how far it goes. */
interface Walk {
  readonly source: Source
  /** The list of positions of `ALL` and `PRIVATE`. */
  readonly list?: string
  readonly direction: 'after' | 'before'
  readonly edge: Position
  readonly limit: number
  /** A position that must be in the log, or have been trimmed. Default: none. */
  readonly known?: Position
}

interface Found {
  /** Ascending. */
  readonly entries: readonly Entry[]
  /** Of the moment of the walk. */
  readonly head: Position
  readonly isKnown: boolean
  /** The source has something at the edge, or beyond it on the side that was not walked. */
  readonly hasBeyond: boolean
}

/** Beyond every position. */
const END: Position = Number.MAX_SAFE_INTEGER

export function createReads({ connection, history, keys }: ReadsOptions): Reads {
  async function walk({ source, list = keys.meta, direction, edge, limit, known = ORIGIN }: Walk): Promise<Found> {
    const { assumed, answer } = await connection.run(async client => ({
      assumed: history.assume(),
      answer: await runScript(
        client,
        READ,
        [keys.meta, keys.public, keys.private, keys.texts, list],
        [source, direction, edge, limit, known],
      ),
    }))
    const [epoch, head, isKnown, hasBeyond, ...fields] = answer as [string, number, number, number, ...string[]]
    if (!history.confirm(assumed, epoch, head)) {
      await history.resolve()
      throw new Refusal(history.epoch === assumed.epoch ? 'STORAGE_UNAVAILABLE' : 'HISTORY_RESET')
    }
    const entries: Entry[] = []
    for (let n = 0; n < fields.length; n += 3) {
      entries.push(entryOf(Number(fields[n]), fields[n + 1] as string, fields[n + 2] ?? null))
    }
    return { entries, head, isKnown: isKnown === 1, hasBeyond: hasBeyond === 1 }
  }

  async function at(position: Position): Promise<Entry | null> {
    if (position <= ORIGIN) return null
    const { entries } = await walk({ source: 'LOG', direction: 'after', edge: position - 1, limit: 1 })
    return entries[0]?.position === position ? entries[0] : null
  }

  return {
    async read(viewer, after, limit, scope = 'ALL') {
      const list = keys.privateOf(viewer)
      const { entries, head } = await walk({ source: scope, list, direction: 'after', edge: after, limit })
      const through = entries.length < limit ? Math.max(head, after) : (entries.at(-1)?.position ?? after)
      return { entries, through }
    },

    async page(query) {
      const from = sourceOf(query)
      if (from === null) return { entries: [], hasPrevious: false, hasNext: false }
      const { limit, after, before } = query
      if (after !== undefined) {
        const found = await walk({ ...from, direction: 'after', edge: after, limit: limit + 1 })
        const { entries, hasBeyond } = found
        return { entries: entries.slice(0, limit), hasPrevious: hasBeyond, hasNext: entries.length > limit }
      }
      const found = await walk({ ...from, direction: 'before', edge: before ?? END, limit: limit + 1 })
      const { entries, hasBeyond } = found
      return { entries: entries.slice(-limit), hasPrevious: entries.length > limit, hasNext: hasBeyond } satisfies Page
    },

    async at(viewer, position) {
      const entry = await at(position)
      return entry !== null && maySee(viewer, entry) ? entry : null
    },

    async newest(limit) {
      const { entries } = await walk({ source: 'LOG', direction: 'before', edge: END, limit })
      return entries
    },

    async follow(after, limit) {
      const epoch = history.epoch
      const { entries, isKnown } = await walk({ source: 'LOG', direction: 'after', edge: after, limit, known: after })
      if (isKnown) return entries
      await history.resolve({ known: after })
      if (history.epoch === epoch) throw new Refusal('STORAGE_UNAVAILABLE')
      return null
    },

    async findNonce(accountId, key) {
      const row = await connection.run(client => client.hget(keys.noncesOf(accountId), nonceField(key)))
      const [, position, digest] = /^(\d+):(.*)$/.exec(row ?? '') ?? []
      if (digest === undefined) return null
      const entry = await at(Number(position))
      return entry && { entry, digest: new Uint8Array(Buffer.from(digest, 'base64url')) }
    },
  }

  /** Null: nothing can match, for no public message is part of a private conversation. */
  function sourceOf({ viewer, scope, with: peer }: PageQuery): { source: Source; list: string } | null {
    if (peer === undefined) return { source: scope, list: keys.privateOf(viewer) }
    return scope === 'PUBLIC' ? null : { source: 'PRIVATE', list: keys.between(viewer, peer) }
  }
}
