// A process that holds a store, so that tests can kill it or take its disk away. It is forked with the data folder and
// `obey`, or `flood` and a file. Flooding appends without end and writes a line `nonce position messageId` to the file for
// each that was acknowledged; obeying appends the texts it is sent and answers each with `stored` or why not.
import { openSync, writeSync } from 'node:fs'
import { Refusal } from '../../server/domain/errors.ts'
import { openSqliteStore } from '../../server/store/sqlite/sqlite-store.ts'
import { claimOf, draftOf, nonceOf, stored } from '../contract/store.ts'

const [dataDir = '', mode = '', acknowledged = ''] = process.argv.slice(2)
const SENDERS = 16

const store = await openSqliteStore({ dataDir, events: { committed() {} } })

async function account(username: string) {
  await store.claim(claimOf(username))
  const row = await store.accountByKey(username)
  if (!row) throw new Error(`${username} was claimed, but is not there`)
  return { id: row.id, username }
}

const joao = await account('joao')
const maria = await account('maria')

if (mode === 'flood') {
  const file = openSync(acknowledged, 'a')
  process.send?.('ready')
  let sent = 0
  const flood = async () => {
    for (;;) {
      const key = `${process.pid}-${sent++}`
      const entry = stored(await store.append(draftOf(joao, sent % 3 ? null : maria, key, nonceOf(key))))
      writeSync(file, `${key} ${entry.position} ${entry.messageId}\n`)
    }
  }
  await Promise.all(Array.from({ length: SENDERS }, flood))
} else {
  process.on('message', async (text: string) => {
    if (text === 'close') {
      await store.close()
      process.disconnect()
      return
    }
    if (text === 'read') {
      const { entries } = await store.read(joao.id, 0, 10_000)
      process.send?.(`read ${entries.length}`)
      return
    }
    const answer = await store.append(draftOf(joao, null, text)).then(
      appended => appended.status,
      error => (error instanceof Refusal ? error.code : String(error)),
    )
    process.send?.(answer)
  })
  process.send?.('ready')
}
