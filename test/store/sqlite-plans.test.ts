// Every statement of the SQLite store walks an index: what it costs must not grow with the log. Asked of SQLite itself,
// for every statement that the reader and the writer prepare.
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { createReader } from '../../server/store/sqlite/reader.ts'
import { migrate } from '../../server/store/sqlite/schema.ts'
import { createWriter } from '../../server/store/sqlite/writer.ts'
import type { PageQuery } from '../../server/store/store.ts'
import { claimOf, draftOf, nonceOf, sessionOf } from '../contract/store.ts'

const JOAO = { id: 'joao', username: 'joao' }
const MARIA = { id: 'maria', username: 'maria' }

/** Remembers the SQL of everything that is prepared. */
class RecordingDatabase extends DatabaseSync {
  readonly prepared: string[] = []

  override prepare(sql: string) {
    this.prepared.push(sql)
    return super.prepare(sql)
  }
}

/** A database with some messages, and the SQL of every statement that the store can run on it. */
function everyStatement(): { db: DatabaseSync; statements: string[] } {
  const db = new RecordingDatabase(':memory:')
  migrate(db)
  db.prepared.length = 0
  const first = draftOf(JOAO, MARIA)
  const writer = createWriter(db, new Uint8Array(32))
  writer.commit(
    [
      { name: 'claim', args: [claimOf('joao', { id: 'joao' })] },
      { name: 'claim', args: [claimOf('maria', { id: 'maria' })] },
      { name: 'createSession', args: [sessionOf(JOAO)] },
      { name: 'append', args: [draftOf(JOAO, null, 'oi', nonceOf('n'))] },
      { name: 'append', args: [first] },
      { name: 'append', args: [{ ...draftOf(JOAO, null), replyTo: { messageId: '', position: 1, from: JOAO } }] },
      { name: 'revise', args: [{ messageId: first.messageId, by: 'joao', kind: 'edited', text: 'x', at: 1 }] },
      { name: 'revise', args: [{ messageId: first.messageId, by: 'joao', kind: 'deleted', text: '', at: 1 }] },
    ],
    1,
  )
  const reader = createReader(db)
  const until = writer.head
  for (const messages of [0, 1]) {
    writer.commit([{ name: 'trim', args: [{ messages, olderThan: messages, upTo: until }] }], 1)
  }
  for (const scope of ['ALL', 'PUBLIC', 'PRIVATE'] as const) {
    reader.answer({ name: 'read', args: ['joao', 0, 10, scope] }, until)
  }
  const edges: Partial<PageQuery>[] = [{}, { before: until }, { after: 0 }]
  for (const scope of ['ALL', 'PUBLIC', 'PRIVATE'] as const) {
    for (const edge of edges) {
      reader.answer({ name: 'page', args: [{ viewer: 'joao', scope, limit: 10, ...edge }] }, until)
      reader.answer({ name: 'page', args: [{ viewer: 'joao', scope, limit: 10, with: 'maria', ...edge }] }, until)
    }
  }
  return { db, statements: [...new Set(db.prepared)] }
}

/** The steps of a statement that touch a table of ours, an index, or sort. */
function planOf(db: DatabaseSync, sql: string): string[] {
  return db
    .prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .all()
    .map(({ detail }) => String(detail))
}

describe('what a statement of the store costs', () => {
  const { db, statements } = everyStatement()
  const queries = statements.filter(sql => /^\s*(SELECT|WITH|UPDATE|DELETE)/i.test(sql))

  test('the statements are there to be looked at', () => {
    expect(queries.length).toBeGreaterThan(30)
  })

  test('none of them scans a table, or sorts more than what two limited walks found', () => {
    for (const sql of queries) {
      const plan = planOf(db, sql)
      const scans = plan.filter(step =>
        /^SCAN (message|private|revision|private_revision|account|session|nonce|meta)\b/.test(step),
      )
      const sorts = sql.includes('UNION ALL') ? [] : plan.filter(step => step.includes('B-TREE'))
      expect({ sql, scans, sorts }).toEqual({ sql, scans: [], sorts: [] })
    }
  })

  test('conversations are found from one peer to the next, and counted from where they were read', () => {
    const lists = queries.filter(sql => sql.includes('peers'))
    expect(lists).toHaveLength(1)
    const steps = planOf(db, lists[0] ?? '').filter(step => /\b(message|private)\b/.test(step))
    expect(steps).toEqual([
      'SEARCH private USING COVERING INDEX private_peer (account=?)',
      'SEARCH private USING COVERING INDEX private_peer (account=? AND peer>?)',
      'SEARCH private USING COVERING INDEX private_peer (account=? AND peer=? AND position<?)',
    ])
    const counts = queries.filter(sql => sql.includes('AS unread'))
    expect(counts).toHaveLength(2)
    for (const sql of counts) {
      const plan = planOf(db, sql).filter(step => step.startsWith('SEARCH'))
      expect(plan.at(-1)).toBe('SEARCH message USING INTEGER PRIMARY KEY (rowid=?)')
      expect(plan[0]).toMatch(
        /INDEX (message_public|private_peer) \((account=\? AND peer=\? AND )?position>\? AND position<\?\)$/,
      )
      expect(sql).toMatch(/LIMIT 4000\)/)
    }
  })

  test('a walk along messages starts at its edge, in the index of exactly what it is after', () => {
    const walks = queries.filter(sql => sql.includes(':edge'))
    expect(walks).toHaveLength(20)
    const allowed = [
      /^SEARCH message USING (COVERING )?INDEX message_public \(position[<>]\?( AND position<\?)?\)$/,
      /^SEARCH message USING INTEGER PRIMARY KEY \(rowid=\?\)$/,
      /^SEARCH revision USING (COVERING )?INDEX revision_public \(position[<>]\?( AND position<\?)?\)$/,
      /^SEARCH revision USING INTEGER PRIMARY KEY \(rowid=\?\)$/,
      /^SEARCH private_revision USING PRIMARY KEY \(account=\? AND position[<>]\?( AND position<\?)?\)$/,
      /^SEARCH private USING PRIMARY KEY \(account=\? AND position[<>]\?( AND position<\?)?\)$/,
      /^SEARCH private USING COVERING INDEX private_peer \(account=\? AND peer=\? AND position[<>]\?( AND position<\?)?\)$/,
    ]
    for (const sql of walks) {
      for (const step of planOf(db, sql).filter(step => /\b(message|private|revision|private_revision)\b/.test(step))) {
        expect({ sql, step, allowed: allowed.some(pattern => pattern.test(step)) }).toMatchObject({ allowed: true })
      }
    }
  })
})
