// A space whose log is trimmed, as one node of several sees it: a store in memory with calls that take a random number
// of turns, and a bus that loses what it is told to, and brings private entries of accounts that nobody listens to here
// as stubs. What a call finds is that of one moment, as every store promises.
import type { Bus, BusListener } from '../../server/bus/bus.ts'
import {
  type Entry,
  type Link,
  type MessageEntry,
  maySee,
  ORIGIN,
  type Position,
  type Scope,
  UNREVISED,
} from '../../server/domain/entry.ts'
import type { Appended, Draft, PageQuery, Store, StoredPage, Stretch } from '../../server/store/store.ts'

type Served =
  | 'epoch'
  | 'append'
  | 'read'
  | 'lastVisible'
  | 'page'
  | 'at'
  | 'newest'
  | 'head'
  | 'follow'
  | 'check'
  | 'trim'
  | 'trimmed'

export interface TrimmingSpace {
  readonly store: Pick<Store, Served>
  readonly bus: Bus
  /** All that was ever appended, trimmed or not. */
  readonly entries: readonly Entry[]
  readonly floor: Position
  /** Removes the oldest entries up to this position. */
  trimTo(position: Position): void
  /** As another node does: this one hears of it by the bus, unless that loses it. */
  appendElsewhere(draft: Draft, isLost: boolean): void
}

export function createTrimmingSpace(turns: () => number): TrimmingSpace {
  const entries: MessageEntry[] = []
  let floor: Position = ORIGIN
  /** The newest position that this node has heard of. */
  let known: Position = ORIGIN
  const listeners = new Set<BusListener>()
  /** Accounts by how often they are listened to. */
  const listened = new Map<string, number>()
  const wait = async (): Promise<void> => {
    for (let i = turns(); i > 0; i--) await new Promise(resolve => setImmediate(resolve))
  }
  const last = (): Position => entries.at(-1)?.position ?? ORIGIN
  const left = (): MessageEntry[] => entries.filter(({ position }) => position > floor)
  const isOf = ({ to }: Entry, scope: Scope): boolean => scope === 'ALL' || (scope === 'PUBLIC') === (to === null)
  const trimmed = (viewer: string, scope: Scope): Position =>
    entries.findLast(entry => entry.position <= floor && isOf(entry, scope) && maySee(viewer, entry))?.position ??
    ORIGIN

  async function answer<Result>(read: () => Result): Promise<Result> {
    await wait()
    const result = read()
    await wait()
    return result
  }

  function add(draft: Draft, isLost: boolean): MessageEntry {
    const previous = last()
    const { nonce, ...message } = draft
    const entry: MessageEntry = { kind: 'added', position: previous + 1 + turns(), ...message, ...UNREVISED }
    entries.push(entry)
    if (isLost) return entry
    const { from, to, position } = entry
    const isWhole = to === null || listened.has(from.id) || listened.has(to.id)
    const link: Link = { entry: isWhole ? entry : { kind: 'stub', position, from, to }, previous }
    for (const listener of listeners) listener.links([link])
    return entry
  }

  function trimTo(position: Position): void {
    floor = left().findLast(entry => entry.position <= position)?.position ?? floor
  }

  return {
    entries,
    get floor() {
      return floor
    },
    trimTo,
    appendElsewhere: (draft, isLost) => void add(draft, isLost),
    bus: {
      publish() {},
      async subscribe(listener) {
        listeners.add(listener)
        return () => void listeners.delete(listener)
      },
      listen(accountId) {
        listened.set(accountId, (listened.get(accountId) ?? 0) + 1)
        return wait()
      },
      unlisten(accountId) {
        const count = (listened.get(accountId) ?? 0) - 1
        if (count > 0) listened.set(accountId, count)
        else listened.delete(accountId)
      },
      async close() {},
    },
    store: {
      epoch: 'epoch000',
      head: () => known,
      async append(draft: Draft): Promise<Appended> {
        const entry = add(draft, false)
        known = entry.position
        return { status: 'stored', entry, repeated: false }
      },
      read: (viewer, after, limit, scope = 'ALL') =>
        answer((): Stretch => {
          const following = left().filter(each => each.position > after && isOf(each, scope) && maySee(viewer, each))
          const found = following.slice(0, limit)
          const through = found.length === limit ? (found.at(-1)?.position ?? after) : Math.max(after, last())
          return { entries: found, through, trimmed: trimmed(viewer, scope) }
        }),
      page: ({ viewer, after, before = Number.POSITIVE_INFINITY, limit }: PageQuery) =>
        answer((): StoredPage => {
          const visible = left().filter(entry => maySee(viewer, entry))
          const following = visible.filter(({ position }) => position > (after ?? ORIGIN) && position < before)
          const found = after === undefined ? following.slice(-limit) : following.slice(0, limit)
          const [first, final] = [found[0], found.at(-1)]
          return {
            entries: found,
            hasPrevious: first !== undefined && first !== visible[0],
            hasNext: final !== undefined && final !== visible.at(-1),
            trimmed: trimmed(viewer, 'ALL'),
          }
        }),
      lastVisible: (viewer, through) =>
        answer(() => {
          const found = left().findLast(entry => entry.position <= through && maySee(viewer, entry))
          return found?.position ?? trimmed(viewer, 'ALL')
        }),
      at: (viewer, position) =>
        answer(() => left().find(entry => entry.position === position && maySee(viewer, entry)) ?? null),
      trimmed: viewer => answer(() => (viewer === null ? floor : trimmed(viewer, 'ALL'))),
      async trim({ olderThan }) {
        trimTo(olderThan)
        return { floor, removed: 0, more: false }
      },
      newest: limit => answer(() => left().slice(-limit)),
      follow: (after, limit) =>
        answer(() => {
          if (after < floor) return null
          return left()
            .filter(({ position }) => position > after)
            .slice(0, limit)
        }),
      check: () =>
        answer(() => {
          known = last()
          return known
        }),
    },
  }
}
