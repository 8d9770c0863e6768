// Who there is: who is online, when the others were last, and the list of accounts, which is asked for when it is wanted.
import type { User } from '../../core/types.ts'
import type { Person } from '../model/conversation.ts'
import { type PageReader, ReadFailure } from '../model/page-reader.ts'
import type { Directory } from './directory.ts'

export interface Company {
  /** Without oneself. */
  readonly online: readonly User[]
  readonly onlineIds: ReadonlySet<string>
  /** When somebody was last online, as far as it is known. */
  readonly seenAtById: ReadonlyMap<string, string>
  hearOnline(users: readonly User[]): void
  hearSeen(seen: Iterable<readonly [id: string, at: string]>): void
  /** Learns who there is, at most once a minute. */
  load(): Promise<void>
}

interface CompanyOptions {
  readonly me: Person
  readonly directory: Directory
  readonly reader: PageReader
  readonly onChange: () => void
  /** Nobody wants to know any more. */
  readonly signal: AbortSignal
}

/** Of a space with more people, the rest is found by their messages, or when they are online. */
const PAGES = 10
const FRESH_MS = 60_000

export function createCompany({ me, directory, reader, onChange, signal }: CompanyOptions): Company {
  let online: readonly User[] = []
  let onlineIds: ReadonlySet<string> = new Set()
  let seenAtById: ReadonlyMap<string, string> = new Map()
  let loadedAt = Number.NEGATIVE_INFINITY

  function hearSeen(seen: Iterable<readonly [string, string]>): void {
    seenAtById = new Map([...seenAtById, ...seen])
    onChange()
  }

  return {
    get online() {
      return online
    },
    get onlineIds() {
      return onlineIds
    },
    get seenAtById() {
      return seenAtById
    },
    hearOnline(users) {
      online = users.filter(user => user.id !== me.id)
      onlineIds = new Set(online.map(user => user.id))
      for (const user of online) directory.learn(user, Date.now())
      onChange()
    },
    hearSeen,
    async load() {
      if (Date.now() - loadedAt < FRESH_MS) return
      loadedAt = Date.now()
      try {
        let after: string | null = null
        for (let page = 0; page < PAGES; page++) {
          const { nodes, pageInfo } = await reader.readUsers(after)
          if (signal.aborted) return
          for (const user of nodes) directory.learn(user, Date.now())
          hearSeen(nodes.flatMap(({ id, lastSeenAt }) => (lastSeenAt ? [[id, lastSeenAt] as const] : [])))
          after = pageInfo.endCursor
          if (!pageInfo.hasNextPage) return
        }
      } catch (thrown) {
        if (!(thrown instanceof ReadFailure)) throw thrown
        // No news: those who are online, and those who have written, are known anyway.
        loadedAt = Number.NEGATIVE_INFINITY
      }
    },
  }
}
