// What the files keep of texts that were edited, deleted or trimmed: nothing, a little later, while the server runs.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { trimAll } from '../contract/retention.ts'
import { deletion, edit } from '../contract/revisions.ts'
import { draftOf, nonceOf, say, stored } from '../contract/store.ts'
import { eventually, openStore, openWithPeople, temporaryFolder } from './support.ts'

/** Longer than a page: the end of such a text stands in pages of its own. */
const LONG = 'MARK '.repeat(3_000)

function marks(dataDir: string): number {
  let count = 0
  for (const name of ['recado.db', 'recado.db-wal']) {
    const path = join(dataDir, name)
    if (existsSync(path)) count += readFileSync(path).toString('latin1').split('MARK').length - 1
  }
  return count
}

test('a text that was edited or deleted is in no file any more', async () => {
  const dataDir = temporaryFolder()
  const { store, joao, maria } = await openWithPeople(dataDir, { eraseMs: 50 })
  const texts = Array.from({ length: 60 }, (_, n) => (n % 3 === 0 ? LONG : `MARK ${'x'.repeat(n)}`))
  const messages = await Promise.all(
    texts.map((text, n) => store.append(draftOf(joao, n % 2 ? maria : null, text, nonceOf(`${n}`)))),
  )
  await eventually(() => marks(dataDir) > 0)
  await Promise.all(
    messages.map((message, n) =>
      store.revise(n % 4 === 0 ? edit(stored(message), 'harmless', joao) : deletion(stored(message), joao)),
    ),
  )
  await eventually(() => marks(dataDir) === 0)
  // All along the server runs, and takes messages.
  await say(store, joao, null, 'still here')
  await store.close()
  expect(marks(dataDir)).toBe(0)
})

test('a text that was trimmed is in no file any more', async () => {
  const dataDir = temporaryFolder()
  const { store, joao } = await openWithPeople(dataDir, { eraseMs: 50 })
  for (let n = 0; n < 40; n++) await say(store, joao, null, n % 3 === 0 ? LONG : `MARK ${n}`)
  await trimAll(store, { olderThan: store.head() })
  await eventually(() => marks(dataDir) === 0)
})

test('whoever reads the file is waited for, and commits go on meanwhile', async () => {
  const dataDir = temporaryFolder()
  const { store, joao } = await openWithPeople(dataDir, { eraseMs: 50 })
  const message = await say(store, joao, null, LONG)
  const tool = new DatabaseSync(join(dataDir, 'recado.db'), { readOnly: true })
  onTestFinished(() => {
    if (tool.isOpen) tool.close()
  })
  tool.exec('BEGIN')
  tool.prepare('SELECT count(*) FROM message').get()
  await store.revise(deletion(message, joao))
  for (let n = 0; n < 20; n++) await say(store, joao, null, `${n}`)
  expect(marks(dataDir)).toBeGreaterThan(0)
  tool.close()
  await eventually(() => marks(dataDir) === 0)
})

test('what a process that died had left in the log goes once another has started', async () => {
  const dataDir = temporaryFolder()
  const first = await openWithPeople(dataDir)
  const message = await say(first.store, first.joao, null, LONG)
  // A tool that reads keeps the log from being emptied when the server ends.
  const tool = new DatabaseSync(join(dataDir, 'recado.db'), { readOnly: true })
  tool.exec('BEGIN')
  tool.prepare('SELECT count(*) FROM message').get()
  await first.store.revise(deletion(message, first.joao))
  await first.store.close()
  expect(marks(dataDir)).toBeGreaterThan(0)
  await openStore(dataDir, { eraseMs: 50 })
  tool.close()
  await eventually(() => marks(dataDir) === 0)
})
