// A server that can't start leaves nothing behind, whatever of it was already there.
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { data, enter, send } from './setup/request.ts'
import { startTestServer } from './setup/server.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recado-start-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

function alter(sql: string): void {
  const db = new DatabaseSync(join(folder, 'recado.db'))
  db.exec(`PRAGMA foreign_keys = OFF; ${sql}`)
  db.close()
}

/** Starts, says something, and stops. */
async function liveThrough(text: string): Promise<void> {
  const server = await startTestServer({}, folder)
  const { token } = await enter(server.graphql, `name-of-${text}`)
  await send(server.graphql, token, { text })
  const { messages } = await data(server.graphql, '{ messages { nodes { text } } }', { token })
  expect(messages.nodes.at(-1).text).toBe(text)
  await server.close()
}

test('one that can not read its newest messages gives the data folder back', async () => {
  await liveThrough('first')
  alter('UPDATE message SET author = author + 1000')
  await expect(startTestServer({}, folder)).rejects.toThrow()
  alter('UPDATE message SET author = author - 1000')
  await liveThrough('second')
})

test('one whose port is taken does too', async () => {
  const other = createServer()
  await new Promise<void>(done => other.listen(0, '127.0.0.1', done))
  const { port } = other.address() as { port: number }
  await expect(startTestServer({ PORT: String(port) }, folder)).rejects.toMatchObject({ code: 'EADDRINUSE' })
  other.close()
  await liveThrough('first')
})
