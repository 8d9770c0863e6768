// What this server is doing at this moment, for administrators: its log, its feeds by operation, who is furthest behind.
// Times instead of cursors, since a cursor is handed out only to who may see the entry. (PROTOCOL.md: ADMIN-6)
import type { Accounts } from '../accounts/accounts.ts'
import { ORIGIN, type Position } from '../domain/entry.ts'
import type { Feed } from '../feed/feed.ts'
import type { Log } from '../feed/log.ts'
import type { Store } from '../store/store.ts'
import type { UserShape } from './shapes.ts'

export interface InspectOptions {
  readonly log: Pick<Log, 'epoch' | 'head' | 'tailFloor' | 'hub'>
  readonly store: Pick<Store, 'head'>
  readonly accounts: Pick<Accounts, 'byId'>
  readonly version: string
  /** Sockets and streams that there are now. */
  connections(): number
  /** Of the search index; null: there is none, or not yet. */
  searchLagSeconds(): number | null
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly clock?: () => number
}

export interface FeedGroup {
  /** Null: those that can't be shared. */
  readonly operation: string | null
  live: number
  behind: number
}

export interface FeedBehind {
  readonly account: UserShape
  readonly operation: string | null
  readonly lagMs: number
  readonly isWaiting: boolean
  readonly failures: number
}

export interface Inspection {
  readonly at: string
  readonly version: string
  readonly startedAt: string
  readonly epoch: string
  readonly headAt: string | null
  readonly logLagMs: number
  readonly tailFrom: string | null
  readonly searchLagMs: number | null
  readonly connections: number
  readonly accounts: number
  readonly feedsLive: number
  readonly feedsBehind: number
  readonly groups: readonly FeedGroup[]
  readonly behind: readonly FeedBehind[]
}

const SHOWN = 50

/** Makes the answer to `inspection`. It walks all feeds of the server once. */
export function createInspect(options: InspectOptions): () => Promise<Inspection> {
  const { log, store, accounts, version, connections, searchLagSeconds, clock = Date.now } = options
  const startedAt = new Date(clock()).toISOString()

  async function accountOf(id: string): Promise<UserShape | null> {
    const account = await accounts.byId(id)
    return account && { id: account.id, username: account.username, deletedAt: account.deletedAt }
  }

  return async () => {
    const { epoch, head, tailFloor, hub } = log
    const newest = Math.max(head, store.head())
    const groups = new Map<string | null, FeedGroup>()
    const ids = new Set<string>()
    const furthest: Feed[] = []
    for (const feed of hub.all()) {
      ids.add(feed.accountId)
      const operation = feed.lane.operation?.key ?? null
      const group = groups.get(operation) ?? { operation, live: 0, behind: 0 }
      groups.set(operation, group)
      if (feed.state === 'live') group.live++
      else {
        group.behind++
        furthest.push(feed)
      }
    }
    furthest.sort((one, other) => one.position - other.position)
    const searchLag = searchLagSeconds()
    const behind = await Promise.all(
      furthest.slice(0, SHOWN).map(async ({ accountId, lane, position, waiting, failures }): Promise<FeedBehind[]> => {
        const account = await accountOf(accountId)
        const operation = lane.operation?.key ?? null
        return account ? [{ account, operation, lagMs: lagMs(position, newest), isWaiting: waiting, failures }] : []
      }),
    )
    return {
      at: new Date(clock()).toISOString(),
      version,
      startedAt,
      epoch,
      headAt: timeOf(head),
      logLagMs: lagMs(head, newest),
      tailFrom: timeOf(tailFloor),
      searchLagMs: searchLag === null ? null : Math.round(searchLag * 1000),
      connections: connections(),
      accounts: ids.size,
      feedsLive: hub.counts.live,
      feedsBehind: hub.counts.behind,
      groups: [...groups.values()]
        .sort((one, other) => other.live + other.behind - one.live - one.behind)
        .slice(0, SHOWN),
      behind: behind.flat(),
    }
  }
}

/** Positions are microseconds, as far as nothing came faster. */
function timeOf(position: Position): string | null {
  return position === ORIGIN ? null : new Date(position / 1000).toISOString()
}

/** GraphQL's Int ends at 2³¹ - 1: 24 days. A feed that begins before the first entry is as far behind as that. */
function lagMs(position: Position, newest: Position): number {
  return Math.min(2 ** 31 - 1, Math.max(0, Math.round((newest - position) / 1000)))
}
