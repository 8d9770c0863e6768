// What is unread in SQLite, where the file says that a message was deleted.
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { openSqliteStore } from '../../server/store/sqlite/sqlite-store.ts'
import { enter, say } from '../contract/store.ts'
import { temporaryFolder } from './support.ts'

test('a message that was deleted is not unread', async () => {
  const dataDir = temporaryFolder()
  const open = () => openSqliteStore({ dataDir, events: { committed() {} } })
  let store = await open()
  const [joao, maria] = [await enter(store, 'joao'), await enter(store, 'maria')]
  const deleted: string[] = []
  for (const to of [null, joao]) {
    deleted.push((await say(store, maria, to)).messageId)
    await say(store, maria, to)
  }
  await store.close()
  const db = new DatabaseSync(join(dataDir, 'recado.db'))
  for (const id of deleted) db.prepare('UPDATE message SET deleted_at = 5 WHERE id = ?').run(id)
  db.close()
  store = await open()
  const conversations = await store.conversations({ viewer: joao.id, limit: 10 })
  expect(conversations.map(({ unread }) => unread)).toEqual([1, 1])
  await store.close()
})
