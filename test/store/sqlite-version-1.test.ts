// A file that version 1 of the schema left behind: opened by this program it has everything it had, and can be trimmed.
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { messageOf, ORIGIN, UNREVISED } from '../../server/domain/entry.ts'
import { APPLICATION_ID, MIGRATIONS, migrate, schemaVersion } from '../../server/store/sqlite/schema.ts'
import { trimAll } from '../contract/retention.ts'
import { draftOf, nonceOf, say } from '../contract/store.ts'
import { openStore, temporaryFolder } from './support.ts'

const TOKEN = new Uint8Array(32).fill(1)
const JOAO = { id: 'joao-id', username: 'João' }
const MARIA = { id: 'maria-id', username: 'maria' }

/** As version 1 of the program wrote it, by its own statements. */
function writeVersion1(path: string): void {
  const db = new DatabaseSync(path)
  db.exec(`PRAGMA application_id = ${APPLICATION_ID}`)
  migrate(db, MIGRATIONS.slice(0, 1))
  db.exec('PRAGMA journal_mode = WAL')
  const run = (sql: string, ...values: (string | number | null | Uint8Array)[]) => db.prepare(sql).run(...values)
  run('INSERT INTO meta VALUES (?, ?)', 'epoch', 'oldepoch')
  run('INSERT INTO meta VALUES (?, ?)', 'secret', new Uint8Array(32).fill(9))
  for (const { id, username } of [JOAO, MARIA]) {
    const key = username.toLowerCase().replace('ã', 'a')
    run('INSERT INTO account VALUES (NULL, ?, ?, ?, ?, ?, 1000, 2000, NULL)', id, username, key, key, `hash of ${key}`)
  }
  run('INSERT INTO session VALUES (?, ?, 1, 1000, 9000)', 'session-id', TOKEN)
  const messages: [position: number, recipient: number | null][] = [
    [1_000, null],
    [2_000, 2],
    [3_000, 1],
    [4_000, null],
  ]
  for (const [position, recipient] of messages) {
    const message = 'INSERT INTO message (position, id, author, recipient, text, sent_at) VALUES (?, ?, 1, ?, ?, ?)'
    run(message, position, `id-${position}`, recipient, `text ${position}`, position / 1_000)
    if (recipient !== null) run('INSERT INTO private VALUES (1, ?, ?)', recipient, position)
    if (recipient === 2) run('INSERT INTO private VALUES (2, 1, ?)', position)
    run('INSERT INTO nonce VALUES (1, ?, ?, ?)', `n-${position}`, new Uint8Array(16).fill(position / 1_000), position)
  }
  db.close()
}

test('a file of version 1 is brought to this version, with all that it had', async () => {
  const dataDir = temporaryFolder()
  const path = join(dataDir, 'recado.db')
  writeVersion1(path)
  const { store, committed } = await openStore(dataDir, { clock: () => 1 })
  expect(store.epoch).toBe('oldepoch')
  expect(store.secret).toEqual(new Uint8Array(32).fill(9))
  expect(store.head()).toBe(4_000)
  const log = await store.newest(10)
  const entry = (position: number, to: typeof JOAO | null) => ({
    kind: 'added',
    position,
    messageId: `id-${position}`,
    from: JOAO,
    to,
    text: `text ${position}`,
    sentAt: position / 1_000,
    replyTo: null,
    ...UNREVISED,
  })
  expect(log).toEqual([entry(1_000, null), entry(2_000, MARIA), entry(3_000, JOAO), entry(4_000, null)])
  expect(await store.read(MARIA.id, ORIGIN, 10)).toEqual({
    entries: [log[0], log[1], log[3]],
    through: 4_000,
    trimmed: ORIGIN,
  })
  const withMaria = await store.page({ viewer: JOAO.id, with: MARIA.id, scope: 'ALL', limit: 10 })
  expect(withMaria.entries).toEqual([log[1]])
  expect(await store.accountByKey('joao')).toMatchObject({ ...JOAO, passwordHash: 'hash of joao', lastSeenAt: 2_000 })
  expect((await store.findSession(TOKEN, 5_000))?.account.id).toBe(JOAO.id)
  const session = { id: 'session-id', accountId: JOAO.id, createdAt: 1_000, expiresAt: 9_000 }
  expect(await store.sessions(JOAO.id, 5_000)).toEqual([{ ...session, device: '?', lastUsedAt: 1_000 }])

  await trimAll(store, { messages: 2 })
  expect(await store.trimmed(MARIA.id)).toBe(2_000)
  expect(await store.trimmed(null)).toBe(2_000)
  for (const [n, first] of log.entries()) {
    const nonce = nonceOf(`n-${first.position}`, new Uint8Array(16).fill(n + 1))
    const retry = await store.append(draftOf(JOAO, first.to, messageOf(first).text, nonce))
    expect(retry).toEqual({ status: 'stored', repeated: true, entry: first })
  }
  expect(committed).toEqual([])
  expect((await say(store, JOAO, MARIA)).position).toBeGreaterThan(4_000)
  await store.close()

  const db = new DatabaseSync(path, { readOnly: true })
  expect(schemaVersion(db)).toBe(MIGRATIONS.length)
  expect(db.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }])
  expect(db.prepare('PRAGMA foreign_key_check').all()).toEqual([])
  db.close()
})
