// A file that version 2 of the schema left behind: opened by this program it has everything it had, and its messages can
// be edited, deleted and answered.
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { ORIGIN, UNREVISED } from '../../server/domain/entry.ts'
import { APPLICATION_ID, MIGRATIONS, migrate, schemaVersion } from '../../server/store/sqlite/schema.ts'
import { deletion, edit, revised } from '../contract/revisions.ts'
import { draftOf, nonceOf, stored } from '../contract/store.ts'
import { openStore, temporaryFolder } from './support.ts'

const JOAO = { id: 'joao-id', username: 'joao' }
const MARIA = { id: 'maria-id', username: 'maria' }

/** As version 2 of the program wrote it, by its own statements. */
function writeVersion2(path: string): void {
  const db = new DatabaseSync(path)
  db.exec(`PRAGMA application_id = ${APPLICATION_ID}`)
  migrate(db, MIGRATIONS.slice(0, 2))
  db.exec('PRAGMA journal_mode = WAL')
  const run = (sql: string, ...values: (string | number | null | Uint8Array)[]) => db.prepare(sql).run(...values)
  run('INSERT INTO meta VALUES (?, ?)', 'epoch', 'oldepoch')
  run('INSERT INTO meta VALUES (?, ?)', 'secret', new Uint8Array(32).fill(9))
  for (const { id, username } of [JOAO, MARIA]) {
    run('INSERT INTO account VALUES (NULL, ?, ?, ?, ?, NULL, 1000, NULL, NULL, 0)', id, username, username, username)
  }
  for (const [position, recipient] of [
    [1_000, null],
    [2_000, 2],
  ] as const) {
    const message = 'INSERT INTO message (position, id, author, recipient, text, sent_at) VALUES (?, ?, 1, ?, ?, 1)'
    run(message, position, `id-${position}`, recipient, `text ${position}`)
    const nonce = 'INSERT INTO nonce (position, account, key, digest, message_id, recipient, sent_at)'
    run(
      `${nonce} VALUES (?, 1, ?, ?, ?, ?, 1)`,
      position,
      `n-${position}`,
      nonceOf('').digest,
      `id-${position}`,
      recipient,
    )
  }
  run('INSERT INTO private VALUES (1, 2, 2000)')
  run('INSERT INTO private VALUES (2, 1, 2000)')
  db.close()
}

test('a file of version 2 is brought to this version, with all that it had', async () => {
  const dataDir = temporaryFolder()
  const path = join(dataDir, 'recado.db')
  writeVersion2(path)
  const { store } = await openStore(dataDir, { clock: () => 1 })
  const entry = (position: number, to: typeof MARIA | null) => ({
    kind: 'added' as const,
    position,
    messageId: `id-${position}`,
    from: JOAO,
    to,
    text: `text ${position}`,
    sentAt: 1,
    replyTo: null,
    ...UNREVISED,
  })
  const [first, second] = [entry(1_000, null), entry(2_000, MARIA)] as const
  expect(await store.newest(10)).toEqual([first, second])
  expect(await store.message(MARIA.id, 'id-2000')).toEqual(second)

  const replyTo = { messageId: 'id-1000', position: 1_000, from: JOAO }
  const reply = stored(await store.append({ ...draftOf(MARIA, null, 'reply'), replyTo }))
  const { position } = revised(await store.revise(edit(first, 'edited')))
  revised(await store.revise(deletion(second)))
  expect((await store.page({ viewer: MARIA.id, scope: 'ALL', limit: 10 })).entries).toMatchObject([
    { ...first, text: 'edited', editedAt: expect.any(Number), revised: position },
    { ...second, text: '', deletedAt: expect.any(Number), revised: expect.any(Number) },
    reply,
  ])
  const retry = await store.append(draftOf(JOAO, null, 'text 1000', nonceOf('n-1000')))
  expect(retry).toMatchObject({ status: 'stored', repeated: true, entry: { messageId: 'id-1000', text: 'edited' } })
  expect((await store.read(MARIA.id, ORIGIN, 10)).entries).toHaveLength(5)
  await store.close()
  const db = new DatabaseSync(path, { readOnly: true })
  expect(schemaVersion(db)).toBe(MIGRATIONS.length)
  expect(db.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }])
  expect(db.prepare('PRAGMA foreign_key_check').all()).toEqual([])
  db.close()
})
