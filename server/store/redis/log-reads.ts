// Every read of the log: one script call each, so that an answer is of one moment, and says of which history it is. An
// answer of another history than the caller's is never passed on.
import { type AccountRef, type Entry, type MessageEntry, maySee, ORIGIN, type Position } from '../../domain/entry.ts'
import { Refusal } from '../../domain/errors.ts'
import { nonceName } from '../nonce-name.ts'
import type { PageQuery, Store } from '../store.ts'
import { readAccount } from './accounts.ts'
import type { Connection } from './connection.ts'
import { entryOf, firstOf, nonceRow } from './entries.ts'
import type { History } from './history.ts'
import type { Keys } from './keys.ts'
import { READ, type Source } from './log-read-script.ts'
import { runLogScript } from './log-scripts.ts'

export type Reads = Pick<Store, 'read' | 'page' | 'at' | 'lastVisible' | 'newest' | 'follow' | 'findNonce'>

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
  /** Edits and deletions too: of those that concern the viewer, where there is one. */
  readonly withRevisions: boolean
  /** Who looks; default: nobody in particular. */
  readonly viewer?: string
  readonly direction: 'after' | 'before'
  readonly edge: Position
  readonly limit: number
  /** A position that is asked about: whether it is in the log, or was trimmed. Default: none. */
  readonly asked?: Position
}

interface Found {
  /** Ascending. */
  readonly entries: readonly Entry[]
  /** Of the moment of the walk. */
  readonly head: Position
  readonly isKnown: boolean
  /** The source has something at the edge, or beyond it on the side that was not walked. */
  readonly hasBeyond: boolean
  readonly trimmed: {
    /** Of the whole log. */
    readonly floor: Position
    readonly PUBLIC: Position
    /** Of the viewer. */
    readonly PRIVATE: Position
    readonly ALL: Position
  }
}

/** Of READ; empty: another history. */
type Answer = [
  head: Position,
  isKnown: number,
  hasBeyond: number,
  floor: Position,
  trimmedPublic: Position,
  trimmedPrivate: Position,
  ...entries: string[],
]

const WHOLE_LOG = { source: 'LOG', withRevisions: true } as const
/** Beyond every position. */
const END: Position = Number.MAX_SAFE_INTEGER

export function createReads({ connection, history, keys }: ReadsOptions): Reads {
  async function walk({
    source,
    list = keys.meta,
    withRevisions,
    viewer,
    direction,
    edge,
    limit,
    asked = ORIGIN,
  }: Walk): Promise<Found> {
    const account = viewer === undefined ? keys.meta : keys.account(viewer)
    const revisions = viewer === undefined ? keys.meta : keys.revisionsOf(viewer)
    const own = [keys.texts, list, revisions, account]
    const { assumed, answer } = await connection.run(async client => {
      const assumed = history.assume()
      const what = withRevisions ? 'revisions' : 'messages'
      const args = [source, direction, edge, limit, assumed.epoch, assumed.known, asked, what]
      const answer = (await runLogScript(client, READ, keys, own, args)) as unknown[]
      return { assumed, answer: answer.length === 0 ? null : (answer as Answer) }
    })
    if (answer === null || !history.confirm(assumed, answer[0])) {
      await history.resolve()
      throw new Refusal(history.epoch === assumed.epoch ? 'STORAGE_UNAVAILABLE' : 'HISTORY_RESET')
    }
    const [head, isKnown, hasBeyond, floor, PUBLIC, PRIVATE, ...fields] = answer
    const entries: Entry[] = []
    for (let n = 0; n < fields.length; n += 3) {
      entries.push(entryOf(Number(fields[n]), fields[n + 1] as string, fields[n + 2] || null, floor))
    }
    const trimmed = { floor, PUBLIC, PRIVATE, ALL: Math.max(PUBLIC, PRIVATE) }
    return { entries, head, isKnown: isKnown === 1, hasBeyond: hasBeyond === 1, trimmed }
  }

  async function at(position: Position): Promise<Entry | null> {
    if (position <= ORIGIN) return null
    const { entries } = await walk({ ...WHOLE_LOG, direction: 'after', edge: position - 1, limit: 1 })
    return entries[0]?.position === position ? entries[0] : null
  }

  return {
    async read(viewer, after, limit, scope = 'ALL') {
      const list = keys.privateOf(viewer)
      const from = { source: scope, list, withRevisions: true, viewer } as const
      const found = await walk({ ...from, direction: 'after', edge: after, limit })
      const { entries, head, trimmed } = found
      const through = entries.length < limit ? Math.max(head, after) : (entries.at(-1)?.position ?? after)
      return { entries, through, trimmed: trimmed[scope] }
    },

    async page(query) {
      const { viewer, limit, after, before } = query
      const from = { ...sourceOf(query), withRevisions: false, viewer }
      if (after !== undefined) {
        const found = await walk({ ...from, direction: 'after', edge: after, limit: limit + 1 })
        const { hasBeyond: hasPrevious, trimmed } = found
        const entries = messagesOf(found)
        return { entries: entries.slice(0, limit), hasPrevious, hasNext: entries.length > limit, trimmed: trimmed.ALL }
      }
      const found = await walk({ ...from, direction: 'before', edge: before ?? END, limit: limit + 1 })
      const { hasBeyond: hasNext, trimmed } = found
      const entries = messagesOf(found)
      return { entries: entries.slice(-limit), hasPrevious: entries.length > limit, hasNext, trimmed: trimmed.ALL }
    },

    async at(viewer, position) {
      const entry = await at(position)
      return entry !== null && maySee(viewer, entry) ? entry : null
    },

    async lastVisible(viewer, through) {
      const from = { source: 'ALL', list: keys.privateOf(viewer), withRevisions: true, viewer } as const
      const { entries, trimmed } = await walk({ ...from, direction: 'before', edge: through + 1, limit: 1 })
      return entries[0]?.position ?? trimmed.ALL
    },

    async newest(limit) {
      const { entries } = await walk({ ...WHOLE_LOG, direction: 'before', edge: END, limit })
      return entries
    },

    async follow(after, limit) {
      const { epoch } = history
      const found = await walk({ ...WHOLE_LOG, direction: 'after', edge: after, limit, asked: after })
      // The floor itself was in the log. What lies below it is followed by something that is gone.
      if (found.isKnown) return after < found.trimmed.floor ? null : found.entries
      await history.resolve({ doubt: { epoch, known: after } })
      if (history.epoch === epoch) throw new Refusal('STORAGE_UNAVAILABLE')
      return null
    },

    async findNonce(accountId, key) {
      const found = await connection.run(client => client.hget(keys.noncesOf(accountId), nonceName(key)))
      if (found === null) return null
      const row = nonceRow(found)
      const { digest, position, toId } = row
      const entry = await at(position)
      if (entry?.kind === 'added') return { entry, digest }
      const [from, to, revisedAt] = await Promise.all([
        refOf(accountId),
        toId === null ? null : refOf(toId),
        connection.run(client => client.hget(keys.revisedOf(accountId), row.messageId)),
      ])
      return from && { entry: firstOf(row, from, to, revisedAt), digest }
    },
  }

  async function refOf(accountId: string): Promise<AccountRef | null> {
    const account = await connection.run(client => readAccount(client, keys, accountId))
    return account && { id: account.id, username: account.username }
  }

  function sourceOf({ viewer, scope, with: peer }: PageQuery): { source: Source; list: string } {
    if (peer === undefined) return { source: scope, list: keys.privateOf(viewer) }
    return { source: scope === 'PUBLIC' ? 'NONE' : 'PRIVATE', list: keys.between(viewer, peer) }
  }
}

function messagesOf({ entries }: Found): MessageEntry[] {
  return entries.filter(entry => entry.kind === 'added')
}
