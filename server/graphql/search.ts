// The field `search`: arguments → a query for the search room → a page. Who looks is the token's account.
import type { Accounts } from '../accounts/accounts.ts'
import type { Limiter } from '../accounts/limiter.ts'
import type { CursorCodec } from '../domain/cursor.ts'
import type { Scope } from '../domain/entry.ts'
import { Refusal } from '../domain/errors.ts'
import type { Log } from '../feed/log.ts'
import { parseQuery } from '../search/query.ts'
import type { Search } from '../search/search.ts'
import { checkLimit } from './arguments.ts'
import type { MessagePageShape } from './shapes.ts'

export interface SearchArguments {
  readonly text: string
  readonly before?: string | null | undefined
  readonly scope?: Scope | null | undefined
  readonly with?: string | null | undefined
  readonly limit?: number | null | undefined
}

export interface SearchPagesOptions {
  /** Null: it is switched off. */
  readonly search: Pick<Search, 'find'> | null
  readonly log: Pick<Log, 'locate' | 'newestVisible'>
  readonly accounts: Pick<Accounts, 'byName'>
  readonly limiter: Pick<Limiter, 'search'>
  readonly cursors: CursorCodec
  /** The largest page; 0: no limit. */
  readonly pageLimit: number
}

/** Refusals as in schema.graphql. */
export type SearchPages = (viewer: string, args: SearchArguments) => Promise<MessagePageShape>

const MESSAGES = 20

export function createSearchPages(options: SearchPagesOptions): SearchPages {
  const { search, log, accounts, limiter, cursors, pageLimit } = options

  return async (viewer, args) => {
    if (!search) throw new Refusal('BAD_USER_INPUT', 'Search is switched off on this server (SEARCH).')
    limiter.search(viewer)
    const query = parseQuery(args.text)
    const limit = checkLimit(args.limit ?? MESSAGES, pageLimit)
    const scope = args.scope ?? 'ALL'
    if (args.with != null && scope === 'PUBLIC') {
      throw new Refusal('BAD_USER_INPUT', 'A conversation `with` somebody has no public messages: leave `scope` out.')
    }
    const peer = args.with == null ? null : await accounts.byName(args.with)
    if (args.with != null && !peer) throw new Refusal('UNKNOWN_RECIPIENT')
    const before = args.before == null ? null : cursors.decode(args.before)
    if (before !== null) await log.locate(viewer, before, 'before')
    const page = await search.find({
      query,
      viewer,
      scope,
      limit,
      ...(peer ? { with: peer.id } : {}),
      ...(before === null ? {} : { before }),
    })
    const first = page.entries[0]
    const last = page.entries.at(-1)
    return {
      nodes: page.entries,
      pageInfo: {
        hasNextPage: page.hasNext,
        hasPreviousPage: page.hasPrevious,
        startCursor: first ? cursors.encode(first.position) : null,
        endCursor: last
          ? cursors.encode(last.position)
          : (args.before ?? cursors.encode(await log.newestVisible(viewer))),
      },
    }
  }
}
