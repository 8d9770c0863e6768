// A server that keeps the newest messages only (RETAIN_MESSAGES) trims what is older, by itself.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openSqliteStore } from '../../server/store/sqlite/sqlite-store.ts'
import { enter as claim, draftOf } from '../contract/store.ts'
import { data, enter } from '../setup/request.ts'
import { startTestServer } from '../setup/server.ts'
import { until } from '../setup/until.ts'

test('CURSOR-5 a server that keeps three messages has three of ten from yesterday soon after it started', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'recado-retain-'))
  onTestFinished(() => rm(dataDir, { recursive: true }))
  const yesterday = Date.now() - 24 * 60 * 60 * 1000
  const store = await openSqliteStore({ dataDir, events: { committed() {} }, clock: () => yesterday })
  const joao = await claim(store, 'joao')
  for (let n = 1; n <= 10; n++) await store.append(draftOf(joao, null, `text ${n}`))
  await store.close()

  const server = await startTestServer({ RETAIN_MESSAGES: '3' }, dataDir)
  onTestFinished(() => server.close())
  const { token } = await enter(server.graphql, 'bia')
  const texts = async (): Promise<string[]> => {
    const { messages } = await data(server.graphql, '{ messages(limit: 50) { nodes { text } } }', { token })
    return messages.nodes.map(({ text }: { text: string }) => text)
  }
  await until('the old ones are gone', async () => (await texts()).length === 3)
  expect(await texts()).toEqual(['text 8', 'text 9', 'text 10'])
})
