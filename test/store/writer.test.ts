// The writer on a database in memory: what a call that fails half way leaves behind.
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import type { WriteCall } from '../../server/store/sqlite/calls.ts'
import { createReader } from '../../server/store/sqlite/reader.ts'
import { migrate } from '../../server/store/sqlite/schema.ts'
import { createWriter } from '../../server/store/sqlite/writer.ts'
import { claimOf, draftOf, nonceOf, sessionOf } from '../contract/store.ts'

function open() {
  const db = new DatabaseSync(':memory:')
  migrate(db)
  const writer = createWriter(db, new Uint8Array(32))
  return { db, writer, reader: createReader(db) }
}

const JOAO = { id: 'joao', username: 'joao' }
const ANA = { id: 'ana', username: 'ana' }
const claim = (id: string): WriteCall => ({ name: 'claim', args: [claimOf(id, { id })] })
const append = (...args: Parameters<typeof draftOf>): WriteCall => ({ name: 'append', args: [draftOf(...args)] })

/** Fails at the last of its statements: a digest that is not bytes. */
const halfWay = append(JOAO, JOAO, 'half way', { key: 'n', digest: 'text' as unknown as Uint8Array })

describe('a batch with a call that fails half way', () => {
  test('keeps nothing of that call, and all of the others', () => {
    const { db, writer, reader } = open()
    writer.commit([claim('joao')], 1)
    const outcomes = writer.commit(
      [append(JOAO, null, 'before'), halfWay, append(JOAO, null, 'after', nonceOf('n'))],
      1,
    )
    expect(outcomes).toMatchObject([
      { value: { status: 'stored' } },
      { failure: expect.stringMatching(/^append failed: .*nonce.digest/) },
      { value: { status: 'stored', position: writer.head } },
    ])
    const page = reader.answer({ name: 'page', args: [{ viewer: 'joao', scope: 'ALL', limit: 10 }] }, writer.head)
    expect(page).toMatchObject({ entries: [{ text: 'before' }, { text: 'after' }] })
    expect(db.prepare('SELECT count(*) AS rows FROM private').get()).toEqual({ rows: 0 })
    expect(db.isTransaction).toBe(false)
  })

  test('begins again with the same accounts and sessions', () => {
    const { writer, reader } = open()
    writer.commit([claim('joao')], 1)
    const first: WriteCall = { name: 'createSession', args: [sessionOf(ANA)] }
    const twin = append(ANA, null, 'oi', nonceOf('n'))
    const outcomes = writer.commit([claim('ana'), first, twin, twin, halfWay, append(ANA, JOAO, 'olá')], 1)
    expect(outcomes.map(outcome => ('value' in outcome ? 'kept' : 'failed'))).toEqual([
      'kept',
      'kept',
      'kept',
      'kept',
      'failed',
      'kept',
    ])
    const page = reader.answer({ name: 'page', args: [{ viewer: 'ana', scope: 'ALL', limit: 10 }] }, writer.head)
    expect(page).toMatchObject({
      entries: [
        { text: 'oi', from: ANA },
        { text: 'olá', from: ANA, to: JOAO },
      ],
    })
  })
})
