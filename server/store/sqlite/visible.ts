// The SQL of "what an account may see": a merge of two indexes, the public messages and the account's private ones; and
// the same of revisions. Each branch takes at most `:limit` rows from its index, so a page costs the same wherever it
// lies in whatever log.
import { MESSAGE_COLUMNS, REVISION_COLUMNS } from './entries.ts'

/** Which of the visible messages: all, those for everyone, the private ones, or those with one peer. */
export type Source = 'ALL' | 'PUBLIC' | 'PRIVATE' | 'PEER'

/** Ascending after `:edge` up to and including `:until`, or descending before `:edge`. */
export type Direction = 'after' | 'before'

const walk: Record<Direction, string> = {
  after: 'position > :edge AND position <= :until ORDER BY position ASC LIMIT :limit',
  before: 'position < :edge ORDER BY position DESC LIMIT :limit',
}

/** The positions of at most `:limit` messages from an edge. Parameters by source: `:viewer`, and `:peer` for PEER. */
function positions(source: Source, direction: Direction): string {
  const order = direction === 'after' ? 'ASC' : 'DESC'
  switch (source) {
    case 'PUBLIC':
      // INDEXED BY: no other plan will do, whatever a tool's ANALYZE made the planner believe.
      return `SELECT position FROM message INDEXED BY message_public WHERE recipient IS NULL AND ${walk[direction]}`
    case 'PRIVATE':
      return `SELECT position FROM private WHERE account = :viewer AND ${walk[direction]}`
    case 'PEER':
      return `SELECT position FROM private INDEXED BY private_peer
        WHERE account = :viewer AND peer = :peer AND ${walk[direction]}`
    case 'ALL':
      return `SELECT position FROM (${positions('PUBLIC', direction)})
        UNION ALL SELECT position FROM (${positions('PRIVATE', direction)})
        ORDER BY position ${order} LIMIT :limit`
  }
}

/** The messages from an edge, in the walk's order. One statement, so one snapshot. */
export function visibleMessages(source: Source, direction: Direction): string {
  const order = direction === 'after' ? 'ASC' : 'DESC'
  return `SELECT ${MESSAGE_COLUMNS} FROM (${positions(source, direction)}) AS visible
    CROSS JOIN message ON message.position = visible.position
    ORDER BY visible.position ${order}`
}

/** Their positions only. */
export const visiblePositions = positions

/** Revisions have no pages: only what follows a place, or is right before it, of all peers together. */
export type RevisionSource = Exclude<Source, 'PEER'>

function revisionPositions(source: RevisionSource, direction: Direction): string {
  const order = direction === 'after' ? 'ASC' : 'DESC'
  switch (source) {
    case 'PUBLIC':
      return `SELECT position FROM revision INDEXED BY revision_public WHERE recipient IS NULL AND ${walk[direction]}`
    case 'PRIVATE':
      return `SELECT position FROM private_revision WHERE account = :viewer AND ${walk[direction]}`
    case 'ALL':
      return `SELECT position FROM (${revisionPositions('PUBLIC', direction)})
        UNION ALL SELECT position FROM (${revisionPositions('PRIVATE', direction)})
        ORDER BY position ${order} LIMIT :limit`
  }
}

/** The revisions after an edge, ascending. */
export function visibleRevisions(source: RevisionSource): string {
  return `SELECT ${REVISION_COLUMNS} FROM (${revisionPositions(source, 'after')}) AS visible
    CROSS JOIN revision ON revision.position = visible.position
    ORDER BY visible.position ASC`
}

export const visibleRevisionPositions = revisionPositions
