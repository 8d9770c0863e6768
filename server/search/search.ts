// The room's door: finds messages by their words, for one account. The index says where words are; what is there, whether
// the account may see it and what it says now is for the log alone to answer, so that a text which was changed, deleted or
// trimmed is not found from the moment that the log says so, however far the index is. (PROTOCOL.md: SEARCH)
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Bus } from '../bus/bus.ts'
import type { Entry, MessageEntry, Position, Scope } from '../domain/entry.ts'
import { Refusal } from '../domain/errors.ts'
import type { Store } from '../store/store.ts'
import { createFollower, type FollowerTimes } from './follower.ts'
import { createIndexLink, type SearchLog } from './index-link.ts'
import { matches, type Query } from './query.ts'

export interface SearchOptions {
  readonly store: Pick<Store, 'epoch' | 'follow' | 'trimmed' | 'head' | 'at'>
  readonly bus: Pick<Bus, 'subscribe'>
  /** Where the index is kept; null: in a temporary folder, which goes with the server. */
  readonly path: string | null
  readonly log: SearchLog
  onError(error: unknown): void
  readonly times?: Partial<SearchTimes>
}

export interface SearchTimes extends FollowerTimes {
  /** How often words of what was deleted or changed are cleared from the file. Default an hour. */
  readonly tidyMs: number
}

export interface Find {
  readonly query: Query
  /** The account that looks. */
  readonly viewer: string
  readonly scope: Scope
  /** Only the private conversation with this account. */
  readonly with?: string
  /** Exclusive. Default: the newest. */
  readonly before?: Position
  readonly limit: number
}

export interface Found {
  /** Ascending, at most `limit`. */
  readonly entries: readonly MessageEntry[]
  readonly hasPrevious: boolean
  readonly hasNext: boolean
}

export interface Search {
  /**
   * What was acknowledged before is found, unless so much is being sent that the index is behind by more than a second;
   * what was deleted or changed before is not.
   * @throws Refusal STORAGE_UNAVAILABLE: the index is being made, or its file is out of order
   */
  find(find: Find): Promise<Found>
  /** How far the index is behind the log, in seconds; null: it is not there yet. */
  readonly lagSeconds: number | null
  /** The log has trimmed everything up to here. */
  forget(floor: Position): void
  /** The storage holds another history from now on. */
  reset(): void
  close(): Promise<void>
}

/** Longest wait for what was sent a moment ago to be in the index. */
const FRESH_MS = 1_000
/** Reads of the store at a time. */
const READS = 20
/** It rewrites all of the file: not at once, and not for each deletion. */
const TIDY_MS = 60 * 60 * 1000
/** Between two steps of dropping what was trimmed, or of tidying. */
const STEP_PAUSE_MS = 100

export async function createSearch(options: SearchOptions): Promise<Search> {
  const { store, bus, path, log, onError, times } = options
  let temporary: string | null = null
  const tidyMs = times?.tidyMs ?? TIDY_MS
  let closed = false
  let trimming: NodeJS.Timeout | null = null
  let tidying: NodeJS.Timeout | null = null

  const link = createIndexLink({
    path(inUse) {
      if (path !== null && !inUse) return path
      if (path !== null) log.warn({ path }, 'the search index is in use: this one is made anew, in a temporary folder')
      temporary ??= join(mkdtempSync(join(tmpdir(), 'recado-search-')), 'search.db')
      return temporary
    },
    epoch: () => store.epoch,
    onOpened: through => follower.start(through),
    onGone: () => follower.stop(),
    log,
  })
  const follower = createFollower({
    store,
    write: (items, through) => link.call('write', items, through),
    rebuild: restart,
    onError,
    ...(times ? { times } : {}),
  })
  let unsubscribe = (): void => {}
  try {
    unsubscribe = await bus.subscribe({ links: follower.take, gap: follower.gap })
  } catch (error) {
    await close()
    throw error
  }

  tidyLater(tidyMs)

  function restart(): void {
    follower.stop()
    link.restart()
  }

  async function trim(floor: Position): Promise<void> {
    if (closed || !link.isOpen) return
    if (await link.call('trim', floor))
      trimming = setTimeout(() => void trim(floor).catch(quietly), STEP_PAUSE_MS).unref()
  }

  function tidyLater(ms: number): void {
    if (!closed) tidying = setTimeout(() => void tidy(), ms).unref()
  }

  async function tidy(): Promise<void> {
    let hasMore = false
    try {
      hasMore = link.isOpen && (await link.call('tidy'))
    } catch (error) {
      quietly(error)
    }
    tidyLater(hasMore ? STEP_PAUSE_MS : tidyMs)
  }

  /** What the index can't do now is told by the link, and done another time. */
  function quietly(error: unknown): void {
    if (!(error instanceof Refusal)) onError(error)
  }

  /** Up to `limit` messages as they are now, in the order of the index. */
  async function gather(find: Find, from: Position | null, limit: number): Promise<MessageEntry[]> {
    const { query, viewer, scope, with: peer } = find
    const found: MessageEntry[] = []
    let edge = from ?? find.before
    while (found.length < limit) {
      const wanted = limit - found.length
      const { positions, through } = await link.call('search', {
        query,
        viewer,
        scope,
        ...(peer === undefined ? {} : { with: peer }),
        ...(edge === undefined ? {} : from === null ? { before: edge } : { from: edge }),
        limit: wanted,
      })
      for (let start = 0; start < positions.length; start += READS) {
        const entries = await Promise.all(
          positions.slice(start, start + READS).map(position => store.at(viewer, position)),
        )
        for (const entry of entries) if (entry !== null && isFound(find, entry, through)) found.push(entry)
      }
      const last = positions.at(-1)
      if (positions.length < wanted || last === undefined) break
      edge = from === null ? last : last + 1
    }
    return found
  }

  return {
    async find(find) {
      await follower.reach(store.head(), FRESH_MS)
      if (!follower.hasJoined) {
        throw new Refusal('STORAGE_UNAVAILABLE', 'The search index is being made: try again.')
      }
      const newestFirst = await gather(find, null, find.limit + 1)
      return {
        entries: newestFirst.slice(0, find.limit).reverse(),
        hasPrevious: newestFirst.length > find.limit,
        hasNext: find.before !== undefined && (await gather(find, find.before, 1)).length > 0,
      }
    },
    get lagSeconds() {
      return follower.lagSeconds
    },
    forget(floor) {
      if (trimming) clearTimeout(trimming)
      void trim(floor).catch(quietly)
    },
    reset: restart,
    close,
  }

  async function close(): Promise<void> {
    closed = true
    unsubscribe()
    if (trimming) clearTimeout(trimming)
    if (tidying) clearTimeout(tidying)
    await follower.close()
    await link.close()
    if (temporary !== null) rmSync(dirname(temporary), { recursive: true, force: true })
  }
}

/** @param through how far the index was when it answered: what was revised later may say something else now */
function isFound({ query, viewer, scope, with: peer }: Find, entry: Entry, through: Position): entry is MessageEntry {
  if (entry.kind !== 'added' || entry.deletedAt !== null) return false
  if (scope !== 'ALL' && (scope === 'PUBLIC') !== (entry.to === null)) return false
  if (peer !== undefined && !isBetween(entry, viewer, peer)) return false
  return entry.revised <= through || matches(query, entry.text)
}

function isBetween({ from, to }: MessageEntry, viewer: string, peer: string): boolean {
  return (from.id === viewer && to?.id === peer) || (from.id === peer && to?.id === viewer)
}
