// Pages: of messages, from cursors to the log and back to cursors; of users, by name, with presence.
import type { Accounts } from '../accounts/accounts.ts'
import type { CursorCodec } from '../domain/cursor.ts'
import type { AccountRef, Scope } from '../domain/entry.ts'
import { Refusal } from '../domain/errors.ts'
import { usernameKey } from '../domain/username.ts'
import type { Log } from '../feed/log.ts'
import type { Presence } from '../feed/presence.ts'
import type { PageQuery, Store } from '../store/store.ts'
import { checkLimit, peerOf } from './arguments.ts'
import type { MessagePageShape, MessageShape, UserShape } from './shapes.ts'

export interface MessagesArguments {
  readonly since?: string | null | undefined
  readonly before?: string | null | undefined
  readonly scope?: Scope | null | undefined
  readonly with?: string | null | undefined
  readonly withId?: string | null | undefined
  readonly limit?: number | null | undefined
}

export interface UsersArguments {
  readonly after?: string | null | undefined
  readonly limit?: number | null | undefined
  readonly online?: boolean | null | undefined
}

export interface UserPageShape {
  readonly nodes: UserShape[]
  readonly pageInfo: {
    readonly hasNextPage: boolean
    readonly hasPreviousPage: boolean
    readonly startCursor: string | null
    readonly endCursor: string | null
  }
}

export interface PagesOptions {
  readonly log: Pick<Log, 'page' | 'locate' | 'newestVisible'>
  readonly store: Pick<Store, 'accounts' | 'message'>
  readonly accounts: Pick<Accounts, 'byName' | 'byId'>
  readonly presence: Pick<Presence, 'online' | 'isOnline'>
  readonly cursors: CursorCodec
  /** The largest page; 0: no limit. */
  readonly pageLimit: number
}

export interface Pages {
  messages(viewer: string, args: MessagesArguments): Promise<MessagePageShape>
  /** Null: there is none that the viewer may see. */
  message(viewer: string, id: string): Promise<MessageShape | null>
  users(args: UsersArguments): Promise<UserPageShape>
}

const MESSAGES = 50
const USERS = 100
/** Rows of one read, at the least, where most of them may be of no use. */
const SIFTED = 200

export function createPages({ log, store, accounts, presence, cursors, pageLimit }: PagesOptions): Pages {
  async function messages(viewer: string, args: MessagesArguments): Promise<MessagePageShape> {
    const limit = checkLimit(args.limit ?? MESSAGES, pageLimit)
    const { since, before } = args
    if (since != null && before != null) {
      throw new Refusal('BAD_USER_INPUT', 'Give `since` or `before`, not both.')
    }
    const scope = args.scope ?? 'ALL'
    if ((args.with ?? args.withId) != null && scope === 'PUBLIC') {
      throw new Refusal('BAD_USER_INPUT', 'A conversation with somebody has no public messages: leave `scope` out.')
    }
    const peer = await peerOf(accounts, args)
    const place = since ?? before
    if (place == null) return newest({ viewer, scope, limit, ...(peer ? { with: peer.id } : {}) })
    const position = cursors.decode(place)
    await log.locate(viewer, position, since != null ? 'since' : 'before')
    const page = await log.page({
      viewer,
      scope,
      limit,
      ...(peer ? { with: peer.id } : {}),
      ...(since != null ? { after: position } : { before: position }),
    })
    return shape(page, place)
  }

  async function newest(query: PageQuery): Promise<MessagePageShape> {
    const first = await log.page(query)
    if (first.entries.length > 0) return shape(first, '')
    // Nothing to name the end of the page by. The newest place that the account knows will do, if it is taken before
    // the page is read: what comes between the two is then after the cursor, not lost.
    const mark = cursors.encode(await log.newestVisible(query.viewer))
    return shape(await log.page(query), mark)
  }

  function shape(
    { entries, hasNext, hasPrevious }: Awaited<ReturnType<typeof log.page>>,
    whenEmpty: string,
  ): MessagePageShape {
    const first = entries[0]
    const last = entries.at(-1)
    return {
      nodes: entries,
      pageInfo: {
        hasNextPage: hasNext,
        hasPreviousPage: hasPrevious,
        startCursor: first ? cursors.encode(first.position) : null,
        endCursor: last ? cursors.encode(last.position) : whenEmpty,
      },
    }
  }

  async function users(args: UsersArguments): Promise<UserPageShape> {
    const limit = checkLimit(args.limit ?? USERS, pageLimit)
    const after = args.after ?? null
    const found = args.online === true ? onlineAfter(after) : await storedAfter(after, limit + 1, args.online === false)
    const nodes = found.slice(0, limit)
    const [first, last] = [nodes[0], nodes.at(-1)]
    return {
      nodes: nodes.map(({ account }) => account),
      pageInfo: {
        hasNextPage: found.length > limit,
        hasPreviousPage: after !== null,
        startCursor: first?.key ?? null,
        endCursor: last?.key ?? null,
      },
    }
  }

  function onlineAfter(after: string | null): { key: string; account: AccountRef }[] {
    return presence
      .online()
      .map(account => ({ key: usernameKey(account.username) ?? account.username, account }))
      .filter(({ key }) => after === null || key > after)
      .sort((a, b) => (a.key < b.key ? -1 : 1))
  }

  async function storedAfter(
    after: string | null,
    wanted: number,
    onlyAbsent: boolean,
  ): Promise<{ key: string; account: AccountRef }[]> {
    const found: { key: string; account: AccountRef }[] = []
    const limit = onlyAbsent ? Math.max(wanted, SIFTED) : wanted
    let from = after
    while (found.length < wanted) {
      const rows = await store.accounts(from, limit)
      for (const { id, username, key } of rows) {
        if (!(onlyAbsent && presence.isOnline(id))) found.push({ key, account: { id, username } })
      }
      if (rows.length < limit) break
      from = rows.at(-1)?.key ?? null
    }
    return found.slice(0, wanted)
  }

  return { messages, message: (viewer, id) => store.message(viewer, id), users }
}
