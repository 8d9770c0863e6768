// Who may know what, in a hundred lines: the log as a list, an account's view of it as a filter, and every answer that
// names a message computed from that. No cleverness: what the server does with indexes, tails and stubs, this does by
// looking at everything.

export interface ModelMessage {
  readonly id: string
  readonly cursor: string
  /** Account ids. */
  readonly from: string
  /** Null: public. */
  readonly to: string | null
  text: string
  isDeleted: boolean
}

export interface ModelEntry {
  readonly kind: 'MessageAdded' | 'MessageEdited' | 'MessageDeleted'
  readonly cursor: string
  readonly message: ModelMessage
}

export interface PageArguments {
  readonly since?: string
  readonly before?: string
  readonly scope: 'ALL' | 'PUBLIC' | 'PRIVATE'
  /** An account id. */
  readonly with?: string
  readonly limit: number
}

export interface ModelPage {
  readonly ids: readonly string[]
  readonly hasNextPage: boolean
  readonly hasPreviousPage: boolean
  readonly startCursor: string | null
  /** Null: any place that the account knows. */
  readonly endCursor: string | null
}

export interface ModelConversation {
  /** An account id; null: everyone. */
  readonly with: string | null
  readonly latest: string | null
  readonly readUpTo: string | null
  readonly unread: number
}

export interface Model {
  readonly entries: readonly ModelEntry[]
  readonly messages: readonly ModelMessage[]
  /** An account was made after everything that is there. */
  enter(account: string): void
  add(entry: ModelEntry): void
  mayWho(message: ModelMessage): (account: string) => boolean
  visible(account: string): readonly ModelMessage[]
  /** Every event after a place, as the account gets it. */
  eventsAfter(account: string, cursor: string): readonly ModelEntry[]
  /** Whether the account was ever given this place. */
  knows(account: string, cursor: string): boolean
  page(account: string, args: PageArguments): ModelPage
  conversations(account: string): readonly ModelConversation[]
  markRead(account: string, peer: string | null, cursor: string): string
}

export function maySee(account: string, { from, to }: ModelMessage): boolean {
  return to === null || from === account || to === account
}

export function createModel(): Model {
  const entries: ModelEntry[] = []
  const messages: ModelMessage[] = []
  const enteredAt = new Map<string, number>()
  /** By account, then by peer ('' for everyone). */
  const readBy = new Map<string, Map<string, string>>()

  const visible = (account: string): ModelMessage[] => messages.filter(message => maySee(account, message))

  function isBetween({ from, to }: ModelMessage, account: string, peer: string): boolean {
    return (from === account && to === peer) || (from === peer && to === account)
  }

  return {
    entries,
    messages,
    enter: account => void enteredAt.set(account, messages.length),
    add(entry) {
      const last = entries.at(-1)
      if (last && entry.cursor <= last.cursor) throw new Error(`${entry.cursor} after ${last.cursor}`)
      entries.push(entry)
      if (entry.kind === 'MessageAdded') messages.push(entry.message)
    },
    mayWho: message => account => maySee(account, message),
    visible,
    eventsAfter: (account, cursor) => entries.filter(entry => entry.cursor > cursor && maySee(account, entry.message)),
    knows: (account, cursor) => entries.some(entry => entry.cursor === cursor && maySee(account, entry.message)),
    page(account, { since, before, scope, with: peer, limit }) {
      const all = visible(account)
        .filter(({ to }) => scope === 'ALL' || (scope === 'PUBLIC') === (to === null))
        .filter(message => peer === undefined || isBetween(message, account, peer))
      const from = since === undefined ? 0 : all.filter(({ cursor }) => cursor <= since).length
      const to = before === undefined ? all.length : all.filter(({ cursor }) => cursor < before).length
      const start = since === undefined ? Math.max(0, to - limit) : from
      const end = since === undefined ? to : Math.min(all.length, from + limit)
      const nodes = all.slice(start, end)
      return {
        ids: nodes.map(({ id }) => id),
        hasNextPage: end < all.length,
        hasPreviousPage: start > 0,
        startCursor: nodes[0]?.cursor ?? null,
        endCursor: nodes.at(-1)?.cursor ?? since ?? before ?? null,
      }
    },
    conversations(account) {
      const own = visible(account)
      const first = enteredAt.get(account) ?? 0
      const peers = new Set(own.filter(({ to }) => to !== null).map(({ from, to }) => (from === account ? to : from)))
      const all = [null, ...peers].map(peer => {
        const its = own.filter(message => (peer === null ? message.to === null : isBetween(message, account, peer)))
        const readUpTo = readBy.get(account)?.get(peer ?? '') ?? null
        const unread = its.filter(
          message =>
            message.from !== account &&
            !message.isDeleted &&
            messages.indexOf(message) >= first &&
            message.cursor > (readUpTo ?? ''),
        )
        return { with: peer, latest: its.at(-1) ?? null, readUpTo, unread: unread.length }
      })
      return all
        .sort((a, b) => ((a.latest?.cursor ?? '') > (b.latest?.cursor ?? '') ? -1 : 1))
        .map(({ latest, ...rest }) => ({ ...rest, latest: latest?.id ?? null }))
    },
    markRead(account, peer, cursor) {
      const own = readBy.get(account) ?? new Map<string, string>()
      readBy.set(account, own)
      const noted = own.get(peer ?? '') ?? ''
      const now = cursor > noted ? cursor : noted
      own.set(peer ?? '', now)
      return now
    },
  }
}
