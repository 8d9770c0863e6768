// The part of a store that feeds read, in memory, with calls that take a random number of turns: a real store answers in
// its own time too, and what may happen meanwhile is what these tests are about. What a call finds is that of one moment,
// as every store promises. What other nodes append and trim, and a storage that becomes another history, are seen here
// as a node sees them: late.
import {
  afterTrim,
  type Entry,
  type MessageEntry,
  maySee,
  messageOf,
  ORIGIN,
  type Position,
  type Scope,
  UNREVISED,
  withMessage,
} from '../../server/domain/entry.ts'
import type {
  Appended,
  Draft,
  PageQuery,
  Revised,
  Revision,
  Store,
  StoredPage,
  Stretch,
} from '../../server/store/store.ts'

type Reads = 'read' | 'message' | 'page' | 'at' | 'lastVisible' | 'newest' | 'follow' | 'check' | 'trimmed'
type Served = 'epoch' | 'head' | 'append' | 'revise' | Reads

export interface MemoryStore extends Pick<Store, Served> {
  /** What the storage holds now, as it is read now, and what of it was trimmed. */
  readonly entries: readonly Entry[]
  /** The message of an entry as it is now. */
  stateOf(entry: Entry): MessageEntry
  /** All that each history ever held, by its epoch. */
  readonly histories: ReadonlyMap<string, readonly Entry[]>
  /** Makes the next call fail that has nobody waiting for its error: all but `page` and `at`. */
  failNext: boolean
  /** As another node of the space does: this one is not told. */
  appendElsewhere(draft: Draft): void
  reviseElsewhere(revision: Revision): Revised
  /** Removes the oldest entries up to this position, by whichever node. */
  trimTo(position: Position): void
  /** The storage loses its newest entries, and is another history from now on. This node finds out by its next call. */
  fork(lost: number): void
}

/** Told of each entry as it is stored, with the position right before it, by whichever node. */
export type Announce = (entries: readonly Entry[], previous: Position, epoch: string) => void

export function createMemoryStore(announce: Announce, turns: () => number, reset = (): void => {}): MemoryStore {
  /** As they were announced. */
  let entries: Entry[] = []
  /** Each message as it is now. */
  let messageById = new Map<string, MessageEntry>()
  let floor: Position = ORIGIN
  let stored = 'epoch000'
  let epoch = stored
  /** The newest position that this node has heard of. */
  let known: Position = ORIGIN
  const histories = new Map<string, Entry[]>([[stored, []]])
  let forks = 0

  const current = (entry: Entry): Entry => {
    const message = messageById.get(messageOf(entry).messageId)
    return afterTrim(!message || message === messageOf(entry) ? entry : withMessage(entry, message), floor)
  }
  const left = (): Entry[] => entries.filter(({ position }) => position > floor).map(current)
  const isOf = ({ to }: Entry, scope: Scope): boolean => scope === 'ALL' || (scope === 'PUBLIC') === (to === null)
  const trimmedOf = (viewer: string, scope: Scope): Position =>
    entries.findLast(entry => entry.position <= floor && isOf(entry, scope) && maySee(viewer, entry))?.position ??
    ORIGIN

  /**
   * A call's way to the storage and back. It finds out there, in one step with its answer, whether the history is still
   * the same.
   */
  async function ask<T>(answer: () => T, mayFail = true): Promise<T> {
    await pass()
    if (mayFail && self.failNext) {
      self.failNext = false
      throw new Error('The disk is gone')
    }
    learn()
    const found = answer()
    await pass()
    return found
  }

  async function pass(): Promise<void> {
    for (let i = turns(); i > 0; i--) await new Promise(resolve => setImmediate(resolve))
  }

  function learn(): void {
    if (stored === epoch) return
    epoch = stored
    known = last()
    reset()
  }

  function last(): Position {
    return entries.at(-1)?.position ?? ORIGIN
  }

  function append(entry: Entry): void {
    const previous = last()
    entries.push(entry)
    messageById.set(messageOf(entry).messageId, messageOf(entry))
    histories.get(stored)?.push(entry)
    announce([entry], previous, stored)
  }

  function revise({ messageId, by, kind, text, at }: Revision): Revised {
    const message = messageById.get(messageId)
    if (!message || !maySee(by, message) || message.position <= floor) return { status: 'unknown' }
    if (message.deletedAt !== null && kind === 'edited') return { status: 'unknown' }
    if (message.from.id !== by) return { status: 'not-author' }
    if (message.deletedAt !== null || message.text === text) return { status: 'unchanged', message }
    const position = last() + 1 + turns()
    const { from, to } = message
    const when = kind === 'edited' ? { editedAt: at } : { deletedAt: at }
    const entry: Entry = { kind, position, from, to, at, message: { ...message, text, ...when, revised: position } }
    append(entry)
    return { status: 'stored', entry }
  }

  function store(draft: Draft): MessageEntry {
    const { nonce, ...message } = draft
    const entry: MessageEntry = { kind: 'added', position: last() + 1 + turns(), ...message, ...UNREVISED }
    append(entry)
    return entry
  }

  const self: MemoryStore = {
    get entries() {
      return entries.map(current)
    },
    stateOf: entry => messageOf(current(entry)),
    histories,
    failNext: false,
    get epoch() {
      return epoch
    },
    head: () => known,
    async append(draft: Draft): Promise<Appended> {
      learn()
      const entry = store(draft)
      known = entry.position
      return { status: 'stored', entry, repeated: false }
    },
    async revise(revision) {
      learn()
      const revised = revise(revision)
      if (revised.status === 'stored') known = revised.entry.position
      return revised
    },
    appendElsewhere(draft) {
      store(draft)
    },
    reviseElsewhere: revise,
    trimTo(position) {
      floor = Math.max(floor, left().findLast(entry => entry.position <= position)?.position ?? ORIGIN)
    },
    fork(lost) {
      entries = entries.slice(0, Math.max(0, entries.length - lost))
      messageById = new Map(entries.map(entry => [messageOf(entry).messageId, messageOf(entry)]))
      floor = Math.min(floor, last())
      stored = `epoch${String(++forks).padStart(3, '0')}`
      histories.set(stored, [...entries])
    },
    read: (viewer: string, after: Position, limit: number, scope: Scope = 'ALL'): Promise<Stretch> =>
      ask(() => {
        const found = left()
          .filter(entry => entry.position > after && isOf(entry, scope) && maySee(viewer, entry))
          .slice(0, limit)
        const through = found.length === limit ? (found.at(-1) as Entry).position : Math.max(after, last())
        return { entries: found, through, trimmed: trimmedOf(viewer, scope) }
      }),
    page: ({ viewer, after, before = Number.POSITIVE_INFINITY, limit }: PageQuery): Promise<StoredPage> =>
      ask(() => {
        const visible = left().filter(entry => entry.kind === 'added' && maySee(viewer, entry)) as MessageEntry[]
        const following = visible.filter(entry => entry.position > (after ?? ORIGIN))
        const preceding = visible.filter(entry => entry.position < before)
        const page = after === undefined ? preceding.slice(-limit) : following.slice(0, limit)
        const hasPrevious = page[0] !== undefined && page[0] !== visible[0]
        const hasNext = page.at(-1) !== visible.at(-1)
        return { entries: page, hasPrevious, hasNext, trimmed: trimmedOf(viewer, 'ALL') }
      }, false),
    at: (viewer, position) =>
      ask(() => left().find(entry => entry.position === position && maySee(viewer, entry)) ?? null, false),
    message: (viewer, messageId) =>
      ask(() => {
        const message = messageById.get(messageId)
        return message && message.position > floor && maySee(viewer, message) ? message : null
      }, false),
    lastVisible: (viewer, through) =>
      ask(() => {
        const found = left().findLast(entry => entry.position <= through && maySee(viewer, entry))
        return found?.position ?? trimmedOf(viewer, 'ALL')
      }, false),
    newest: limit => ask(() => left().slice(-limit)),
    follow(after, limit) {
      const before = epoch
      return ask(() => {
        if (epoch !== before || after < floor) return null
        const index = after === ORIGIN ? 0 : entries.findIndex(({ position }) => position === after) + 1
        if (after !== ORIGIN && index === 0) throw new Error(`asked for what follows ${after}, which never was`)
        return entries.slice(index, index + limit).map(current)
      })
    },
    check: () =>
      ask(() => {
        known = last()
        return known
      }),
    trimmed: viewer => ask(() => (viewer === null ? floor : trimmedOf(viewer, 'ALL')), false),
  }
  return self
}
