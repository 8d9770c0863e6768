// Read positions and conversations in SQLite. The list of an account's conversations is a loose scan: from one peer to the
// next along the index `private_peer`, and to the end of each, so that messages in between are never looked at.
import type { DatabaseSync } from 'node:sqlite'
import type { AccountRef, Position } from '../../domain/entry.ts'
import {
  type Conversation,
  type ConversationsQuery,
  type Marked,
  READ_POSITIONS_MOST,
  type ReadPosition,
  UNREAD_LOOKED_AT,
  UNREAD_MOST,
  withEveryone,
} from '../conversations.ts'
import { createEntryReader, MESSAGE_COLUMNS, type MessageRow } from './entries.ts'
import { prepare, prepareTuples } from './statement.ts'

/** In place of a peer's number, which is never below 1. */
export const EVERYONE = 0

/** Conversations with people: at most `:limit` whose newest message is below `:before`, the newest first. */
const NEWEST_BY_PEER = `
WITH RECURSIVE peers (n) AS (
  SELECT min(peer) FROM private INDEXED BY private_peer WHERE account = :viewer
  UNION ALL
  SELECT (SELECT min(peer) FROM private INDEXED BY private_peer WHERE account = :viewer AND peer > peers.n)
  FROM peers WHERE peers.n IS NOT NULL
), places AS MATERIALIZED (
  SELECT n AS peer, (
    SELECT max(position) FROM private INDEXED BY private_peer
    WHERE account = :viewer AND peer = peers.n AND position <= :until
  ) AS newest
  FROM peers WHERE n IS NOT NULL
)
SELECT peer, newest FROM places WHERE newest < :before ORDER BY newest DESC LIMIT :limit`

const NEWEST_PUBLIC = `SELECT max(position) AS newest FROM message INDEXED BY message_public
  WHERE recipient IS NULL AND position <= :until`

const counted = (walked: string) => `SELECT count(*) AS unread FROM (
  SELECT 1 FROM (${walked} ORDER BY position DESC LIMIT ${UNREAD_LOOKED_AT}) AS walked
  CROSS JOIN message ON message.position = walked.position
  WHERE message.author <> :viewer AND message.deleted_at IS NULL LIMIT ${UNREAD_MOST})`

const UNREAD_PUBLIC = counted(`SELECT position FROM message INDEXED BY message_public
  WHERE recipient IS NULL AND position > :after AND position <= :until`)
const UNREAD_WITH_PEER = counted(`SELECT position FROM private INDEXED BY private_peer
  WHERE account = :viewer AND peer = :peer AND position > :after AND position <= :until`)

export interface ConversationReads {
  readPositions(viewer: number): ReadPosition[]
  /** Of one snapshot: call it inside a transaction. `until`: nothing above it is shown. */
  conversations(viewer: number, query: ConversationsQuery, until: Position): Conversation[]
}

export function createConversationReads(db: DatabaseSync): ConversationReads {
  const selectPositions = prepare<{ peer: number; position: Position }>(
    db,
    'SELECT peer, position FROM reading WHERE account = :viewer',
  )
  const selectPosition = prepare<{ position: Position }>(
    db,
    'SELECT position FROM reading WHERE account = :viewer AND peer = :peer',
  )
  const selectCreated = prepare<{ createdAt: number }>(
    db,
    'SELECT created_at AS createdAt FROM account WHERE n = :viewer AND deleted_at IS NULL',
  )
  const selectAccount = prepare<AccountRef>(db, 'SELECT id, username FROM account WHERE n = :n')
  const selectMessage = prepareTuples<MessageRow>(
    db,
    `SELECT ${MESSAGE_COLUMNS} FROM message WHERE position = :position`,
  )
  const selectNewestByPeer = prepare<{ peer: number; newest: Position }>(db, NEWEST_BY_PEER)
  const selectNewestPublic = prepare<{ newest: Position | null }>(db, NEWEST_PUBLIC)
  const countPublic = prepare<{ unread: number }>(db, UNREAD_PUBLIC)
  const countWithPeer = prepare<{ unread: number }>(db, UNREAD_WITH_PEER)
  const { toEntry } = createEntryReader(db)

  function peerOf(n: number): AccountRef | null {
    const row = n === EVERYONE ? undefined : selectAccount.get({ n })
    return row ? { id: row.id, username: row.username } : null
  }

  function unreadIn(viewer: number, peer: number, after: Position, until: Position): number {
    // Notes to oneself.
    if (peer === viewer) return 0
    const found =
      peer === EVERYONE ? countPublic.get({ viewer, after, until }) : countWithPeer.get({ viewer, peer, after, until })
    return found?.unread ?? 0
  }

  return {
    readPositions(viewer) {
      // As many rows as the account has conversations, so they are sorted here rather than by an index of their own.
      const newest = selectPositions.all({ viewer }).sort((a, b) => b.position - a.position)
      return newest.slice(0, READ_POSITIONS_MOST).map(({ peer, position }) => ({ peer: peerOf(peer), position }))
    },

    conversations(viewer, { before, limit }, until) {
      const createdAt = selectCreated.get({ viewer })?.createdAt
      if (createdAt === undefined) return []
      const edge = Math.min(before ?? until + 1, until + 1)
      const others = selectNewestByPeer.all({ viewer, before: edge, until, limit })
      const everyone = { peer: EVERYONE, newest: selectNewestPublic.get({ until })?.newest ?? null }
      return withEveryone<number>(others, everyone, edge, limit).map(({ peer, newest }) => {
        const row = newest === null ? undefined : selectMessage.get({ position: newest })
        const readUpTo = selectPosition.get({ viewer, peer })?.position ?? null
        const after = Math.max(readUpTo ?? 0, createdAt * 1000)
        return {
          peer: peerOf(peer),
          latest: row ? toEntry(row) : null,
          readUpTo,
          unread: unreadIn(viewer, peer, after, until),
        }
      })
    },
  }
}

export interface ConversationWrites {
  /** @param account that is not deleted */
  markRead(account: number, peer: AccountRef | null, position: Position): Marked
  /** Drops what is noted of an account. */
  forget(account: number): void
}

export function createConversationWrites(db: DatabaseSync): ConversationWrites {
  const selectNumber = prepare<{ n: number }>(db, 'SELECT n FROM account WHERE id = :id')
  const selectPosition = prepare<{ position: Position }>(
    db,
    'SELECT position FROM reading WHERE account = :account AND peer = :peer',
  )
  const upsert = prepare(
    db,
    `INSERT INTO reading VALUES (:account, :peer, :position)
    ON CONFLICT DO UPDATE SET position = excluded.position WHERE excluded.position > position`,
  )
  const deleteAll = prepare(db, 'DELETE FROM reading WHERE account = :account')

  return {
    markRead(account, peer, position) {
      // Also of an account that was deleted: the conversation with it is still there.
      const n = peer === null ? EVERYONE : selectNumber.get({ id: peer.id })?.n
      if (n === undefined) throw new Error(`There is no account ${peer?.id} to have a conversation with.`)
      const noted = selectPosition.get({ account, peer: n })?.position ?? 0
      if (position <= noted) return { position: noted, moved: false }
      upsert.run({ account, peer: n, position })
      return { position, moved: true }
    },
    forget: account => void deleteAll.run({ account }),
  }
}
