// The part of a store that feeds read, in memory, with calls that take a random number of turns: a real store answers in
// its own time too, and what may happen meanwhile is what these tests are about. What other nodes append, and a storage
// that becomes another history, are seen here as a node sees them: late.
import { type Entry, maySee, ORIGIN, type Position, type Scope } from '../../server/domain/entry.ts'
import type { Appended, Draft, Page, PageQuery, Store, Stretch } from '../../server/store/store.ts'

type Served = 'epoch' | 'append' | 'read' | 'page' | 'at' | 'newest' | 'head' | 'follow' | 'check'

export interface MemoryStore extends Pick<Store, Served> {
  /** What the storage holds now. */
  readonly entries: readonly Entry[]
  /** All that each history ever held, by its epoch. */
  readonly histories: ReadonlyMap<string, readonly Entry[]>
  /** Makes the next call fail that has nobody waiting for its error: all but `page` and `at`. */
  failNext: boolean
  /** As another node of the space does: this one is not told. */
  appendElsewhere(draft: Draft): void
  /** The storage loses its newest entries, and is another history from now on. This node finds out by its next call. */
  fork(lost: number): void
}

/** Told of each entry as it is stored, with the position right before it, by whichever node. */
export type Announce = (entries: readonly Entry[], previous: Position, epoch: string) => void

export function createMemoryStore(announce: Announce, turns: () => number, reset = (): void => {}): MemoryStore {
  let entries: Entry[] = []
  let stored = 'epoch000'
  let epoch = stored
  /** The newest position that this node has heard of. */
  let known: Position = ORIGIN
  const histories = new Map<string, Entry[]>([[stored, []]])
  let forks = 0

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

  function store(draft: Draft): Entry {
    const previous = last()
    const entry: Entry = { kind: 'added', position: previous + 1 + turns(), ...draft }
    entries.push(entry)
    histories.get(stored)?.push(entry)
    announce([entry], previous, stored)
    return entry
  }

  const self: MemoryStore = {
    get entries() {
      return entries
    },
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
    appendElsewhere(draft) {
      store(draft)
    },
    fork(lost) {
      entries = entries.slice(0, Math.max(0, entries.length - lost))
      stored = `epoch${String(++forks).padStart(3, '0')}`
      histories.set(stored, [...entries])
    },
    read: (viewer: string, after: Position, limit: number, scope: Scope = 'ALL'): Promise<Stretch> =>
      ask(() => {
        const isOf = ({ to }: Entry): boolean => scope === 'ALL' || (scope === 'PUBLIC') === (to === null)
        const found = entries
          .filter(entry => entry.position > after && isOf(entry) && maySee(viewer, entry))
          .slice(0, limit)
        const through = found.length === limit ? (found.at(-1) as Entry).position : Math.max(after, last())
        return { entries: found, through }
      }),
    page: ({ viewer, limit, before = Number.POSITIVE_INFINITY }: PageQuery): Promise<Page> =>
      ask(() => {
        const visible = entries.filter(entry => maySee(viewer, entry) && entry.position < before)
        return { entries: visible.slice(-limit), hasPrevious: visible.length > limit, hasNext: false }
      }, false),
    at: (viewer, position) =>
      ask(() => entries.find(entry => entry.position === position && maySee(viewer, entry)) ?? null, false),
    newest: limit => ask(() => entries.slice(-limit)),
    follow(after, limit) {
      const before = epoch
      return ask(() => {
        if (epoch !== before) return null
        const index = after === ORIGIN ? 0 : entries.findIndex(({ position }) => position === after) + 1
        if (after !== ORIGIN && index === 0) throw new Error(`asked for what follows ${after}, which never was`)
        return entries.slice(index, index + limit)
      })
    },
    check: () =>
      ask(() => {
        known = last()
        return known
      }),
  }
  return self
}
