// The part of a store that feeds read, in memory, with reads that take a random number of turns: a real store answers
// in its own time too, and what may happen meanwhile is what these tests are about. What a read finds is that of one
// moment, as every store promises.
import { type Entry, maySee, ORIGIN, type Position, type Scope } from '../../server/domain/entry.ts'
import type { Appended, Draft, PageQuery, Store, StoredPage, Stretch } from '../../server/store/store.ts'

export interface MemoryStore extends Pick<Store, 'append' | 'read' | 'page' | 'at' | 'newest' | 'trimmed' | 'head'> {
  /** All that was ever appended. */
  readonly entries: readonly Entry[]
  /** Makes the next read fail. */
  failNext: boolean
  /** Removes the oldest entries up to this position. */
  trimTo(position: Position): void
}

export function createMemoryStore(committed: (entries: readonly Entry[]) => void, turns: () => number): MemoryStore {
  const entries: Entry[] = []
  let floor: Position = ORIGIN
  const wait = async (): Promise<void> => {
    for (let i = turns(); i > 0; i--) await new Promise(resolve => setImmediate(resolve))
  }
  const left = (): Entry[] => entries.filter(({ position }) => position > floor)
  const isOf = ({ to }: Entry, scope: Scope): boolean => scope === 'ALL' || (scope === 'PUBLIC') === (to === null)
  const trimmed = (viewer: string, scope: Scope): Position =>
    entries.findLast(entry => entry.position <= floor && isOf(entry, scope) && maySee(viewer, entry))?.position ??
    ORIGIN

  const self: MemoryStore = {
    entries,
    failNext: false,
    head: () => entries.at(-1)?.position ?? ORIGIN,
    trimTo(position) {
      floor = Math.max(floor, left().findLast(entry => entry.position <= position)?.position ?? ORIGIN)
    },
    async append(draft: Draft): Promise<Appended> {
      const entry: Entry = { kind: 'added', position: self.head() + 1 + turns(), ...draft }
      entries.push(entry)
      committed([entry])
      return { status: 'stored', entry, repeated: false }
    },
    async read(viewer: string, after: Position, limit: number, scope: Scope = 'ALL'): Promise<Stretch> {
      await wait()
      if (self.failNext) {
        self.failNext = false
        throw new Error('The disk is gone')
      }
      const found = left()
        .filter(entry => entry.position > after && isOf(entry, scope) && maySee(viewer, entry))
        .slice(0, limit)
      const through = found.length === limit ? (found.at(-1) as Entry).position : self.head()
      const stretch = { entries: found, through, trimmed: trimmed(viewer, scope) }
      await wait()
      return stretch
    },
    async page({ viewer, after, limit }: PageQuery): Promise<StoredPage> {
      await wait()
      const visible = left().filter(entry => maySee(viewer, entry))
      const following = visible.filter(entry => entry.position > (after ?? ORIGIN))
      const page = after === undefined ? visible.slice(-limit) : following.slice(0, limit)
      const hasPrevious = page[0] !== undefined && page[0] !== visible[0]
      const hasNext = page.at(-1) !== visible.at(-1)
      return { entries: page, hasPrevious, hasNext, trimmed: trimmed(viewer, 'ALL') }
    },
    async at(viewer, position) {
      await wait()
      return left().find(entry => entry.position === position && maySee(viewer, entry)) ?? null
    },
    async trimmed(viewer) {
      await wait()
      return viewer === null ? floor : trimmed(viewer, 'ALL')
    },
    newest: async limit => left().slice(-limit),
  }
  return self
}
