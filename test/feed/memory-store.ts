// The part of a store that feeds read, in memory, with reads that take a random number of turns: a real store answers
// in its own time too, and what may happen meanwhile is what these tests are about.
import { type Entry, maySee, ORIGIN, type Position, type Scope } from '../../server/domain/entry.ts'
import type { Appended, Draft, PageQuery, Store, StoredPage, Stretch } from '../../server/store/store.ts'

export interface MemoryStore extends Pick<Store, 'append' | 'read' | 'page' | 'at' | 'newest' | 'trimmed' | 'head'> {
  readonly entries: readonly Entry[]
  /** Makes the next read fail. */
  failNext: boolean
}

export function createMemoryStore(committed: (entries: readonly Entry[]) => void, turns: () => number): MemoryStore {
  const entries: Entry[] = []
  const wait = async (): Promise<void> => {
    for (let i = turns(); i > 0; i--) await new Promise(resolve => setImmediate(resolve))
  }
  const self: MemoryStore = {
    entries,
    failNext: false,
    head: () => entries.at(-1)?.position ?? ORIGIN,
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
      const isOf = ({ to }: Entry): boolean => scope === 'ALL' || (scope === 'PUBLIC') === (to === null)
      const found = entries
        .filter(entry => entry.position > after && isOf(entry) && maySee(viewer, entry))
        .slice(0, limit)
      const through = found.length === limit ? (found.at(-1) as Entry).position : self.head()
      await wait()
      return { entries: found, through, trimmed: ORIGIN }
    },
    async page({ viewer, limit }: PageQuery): Promise<StoredPage> {
      await wait()
      const visible = entries.filter(entry => maySee(viewer, entry))
      return { entries: visible.slice(-limit), hasPrevious: visible.length > limit, hasNext: false, trimmed: ORIGIN }
    },
    async at(viewer, position) {
      await wait()
      return entries.find(entry => entry.position === position && maySee(viewer, entry)) ?? null
    },
    newest: async limit => entries.slice(-limit),
    trimmed: async () => ORIGIN,
  }
  return self
}
