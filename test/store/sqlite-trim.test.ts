// Trimming and reading meet on one file: whatever a trim does between two statements of a read, the read is that of one
// moment. And what a step costs, as far as SQLite's own figures say it.
import { join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { ReadCall, WriteCall } from '../../server/store/sqlite/calls.ts'
import { openForReading, openForWriting } from '../../server/store/sqlite/database-file.ts'
import { createReader } from '../../server/store/sqlite/reader.ts'
import { migrate } from '../../server/store/sqlite/schema.ts'
import { createWriter } from '../../server/store/sqlite/writer.ts'
import { trimAll } from '../contract/retention.ts'
import { claimOf, draftOf, say } from '../contract/store.ts'
import { openStore, openWithPeople, temporaryFolder } from './support.ts'

/** Calls back before each execution of a statement. */
function interrupted(db: DatabaseSync, before: () => void): DatabaseSync {
  const prepare = db.prepare.bind(db)
  db.prepare = sql => {
    const statement = prepare(sql)
    const wrap =
      <Args extends unknown[], Result>(run: (...args: Args) => Result) =>
      (...args: Args): Result => {
        before()
        return run(...args)
      }
    return {
      get: wrap(statement.get.bind(statement)),
      all: wrap(statement.all.bind(statement)),
      run: wrap(statement.run.bind(statement)),
      setReturnArrays: statement.setReturnArrays.bind(statement),
    } as unknown as StatementSync
  }
  return db
}

const trim = (olderThan: number): WriteCall => ({
  name: 'trim',
  args: [{ messages: 0, olderThan, upTo: Number.MAX_SAFE_INTEGER }],
})

describe('a trim between two statements of a read', () => {
  async function filled(): Promise<{ dataDir: string; viewer: string; positions: number[] }> {
    const dataDir = temporaryFolder()
    const { store, joao, maria } = await openWithPeople(dataDir)
    const positions: number[] = []
    for (let n = 0; n < 12; n++) positions.push((await say(store, joao, n % 2 ? null : maria)).position)
    await store.close()
    return { dataDir, viewer: maria.id, positions }
  }

  /** What a call answers when the trim comes before its nth statement. */
  function answer(dataDir: string, call: ReadCall, olderThan: number, nth: number) {
    const path = join(dataDir, 'recado.db')
    const reading = openForReading(path)
    const writing = openForWriting(path, null, 1)
    let ran = 0
    let armed = false
    const reader = createReader(
      interrupted(reading, () => {
        if (armed && ran++ === nth) createWriter(writing, new Uint8Array(32)).commit([trim(olderThan)], 1)
      }),
    )
    armed = true
    const value = reader.answer(call, Number.MAX_SAFE_INTEGER - 1)
    reading.close()
    writing.close()
    return { value, statements: ran }
  }

  test.each(['read', 'page after', 'page before', 'trimmed', 'follow'] as const)(
    'leaves a %s as it was before the trim, or as it is after',
    async kind => {
      const outcomes = new Set<string>()
      let [before, after] = ['', '']
      for (let nth = -1; ; nth++) {
        const { dataDir, viewer, positions } = await filled()
        // Positions differ from one folder to the next: their places in the log don't.
        const named = (value: unknown): string =>
          JSON.stringify(value, (key, field) =>
            typeof field === 'number' && positions.includes(field)
              ? `#${positions.indexOf(field)}`
              : key === 'messageId'
                ? ''
                : field,
          ).replaceAll(/"id":"[^"]+"/g, '')
        const [edge, olderThan] = [positions[2] ?? 0, positions[7] ?? 0]
        const calls: Record<typeof kind, ReadCall> = {
          read: { name: 'read', args: [viewer, edge, 4] },
          'page after': { name: 'page', args: [{ viewer, scope: 'ALL', after: edge, limit: 4 }] },
          'page before': { name: 'page', args: [{ viewer, scope: 'ALL', before: positions[9] ?? 0, limit: 4 }] },
          trimmed: { name: 'trimmed', args: [viewer] },
          follow: { name: 'follow', args: [edge, 4] },
        }
        const { value, statements } = answer(dataDir, calls[kind], olderThan, nth)
        if (nth === -1) {
          before = named(value)
          after = named(answer(dataDir, calls[kind], olderThan, 0).value)
          expect(after).not.toBe(before)
          continue
        }
        outcomes.add(named(value))
        if (nth >= statements) break
      }
      expect(outcomes).toEqual(new Set([before, after]))
    },
  )
})

describe('a step of trimming', () => {
  test('is short, whatever the log: it removes some hundred messages', async () => {
    const dataDir = temporaryFolder()
    const { store, joao, maria } = await openWithPeople(dataDir)
    await Promise.all(Array.from({ length: 2_000 }, (_, n) => store.append(draftOf(joao, n % 2 ? null : maria))))
    const removed: number[] = []
    for (;;) {
      const step = await store.trim({ messages: 0, olderThan: store.head(), upTo: store.head() })
      removed.push(step.removed)
      if (!step.more) break
    }
    expect(removed.reduce((sum, n) => sum + n, 0)).toBe(2_000)
    expect(Math.max(...removed)).toBeLessThanOrEqual(1_000)
  })

  test('counts a log that was never counted in steps too', () => {
    const db = new DatabaseSync(':memory:')
    onTestFinished(() => db.close())
    migrate(db)
    const writer = createWriter(db, new Uint8Array(32))
    const joao = { id: 'joao', username: 'joao' }
    writer.commit([{ name: 'claim', args: [claimOf('joao', { id: 'joao' })] }], 1)
    const appends = Array.from({ length: 25_000 }, (): WriteCall => ({ name: 'append', args: [draftOf(joao, null)] }))
    writer.commit(appends, 1)
    const retention = { messages: 24_900, olderThan: 0, upTo: Number.MAX_SAFE_INTEGER }
    const step = () => writer.commit([{ name: 'trim', args: [retention] }], 1)[0]
    expect(step()).toEqual({ value: { floor: 0, removed: 0, more: true } })
    expect(step()).toEqual({ value: { floor: 0, removed: 0, more: true } })
    expect(step()).toMatchObject({ value: { removed: 100, more: false } })
  })

  test('leaves no row of the messages behind, and pages of the file for the next ones', async () => {
    const dataDir = temporaryFolder()
    const { store, joao, maria } = await openWithPeople(dataDir)
    const fill = () =>
      Promise.all(
        Array.from({ length: 500 }, (_, n) => store.append(draftOf(joao, n % 2 ? null : maria, 'x'.repeat(999)))),
      )
    await fill()
    await trimAll(store, { olderThan: store.head() })
    await store.close()
    const db = new DatabaseSync(join(dataDir, 'recado.db'))
    const rows = (table: string) => db.prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.rows
    expect([rows('message'), rows('private')]).toEqual([0, 0])
    const pages = () => Number(db.prepare('PRAGMA page_count').get()?.page_count)
    const first = pages()
    db.close()
    const again = await openStore(dataDir)
    await Promise.all(Array.from({ length: 400 }, () => again.store.append(draftOf(joao, null, 'x'.repeat(999)))))
    await again.store.close()
    const later = new DatabaseSync(join(dataDir, 'recado.db'), { readOnly: true })
    expect(Number(later.prepare('PRAGMA page_count').get()?.page_count)).toBeLessThanOrEqual(first)
    later.close()
  })
})
