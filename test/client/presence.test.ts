// Who is online, as a list that is always whole: snapshot, changes, and a new snapshot after each drop.
import { expect, test } from 'vitest'
import type { User } from '../../client/core/types.ts'
import { until } from '../setup/until.ts'
import { client, fakeServer } from './harness.ts'

const names = (users: readonly User[]) => users.map(({ username }) => username).join(' ')

test('gives the whole list at first and at each change, by name', async () => {
  const server = await fakeServer()
  server.presence('maria', true)
  server.presence('ana', true)
  const recado = client(server)
  const lists: string[] = []
  recado.onPresence(users => lists.push(names(users)))
  await until('the snapshot', () => lists.length === 1)
  server.presence('joao', true)
  await until('joao', () => lists.length === 2)
  server.presence('maria', false)
  await until('without maria', () => lists.length === 3)
  expect(lists).toEqual(['ana maria', 'ana joao maria', 'ana joao'])
})

test('starts from the snapshot again after a drop: who left meanwhile is gone', async () => {
  const server = await fakeServer()
  for (const name of ['ana', 'maria']) server.presence(name, true)
  const recado = client(server)
  const lists: string[] = []
  recado.onPresence(users => lists.push(names(users)))
  await until('the snapshot', () => lists.length === 1)
  const { upgrades } = server
  server.closeSockets(1001)
  // In the same turn: no socket is open that could carry the change, and the client may be back in the next.
  server.presence('maria', false)
  await until('the new snapshot', () => lists.at(-1) === 'ana')
  expect(server.upgrades).toBe(upgrades + 1)
  expect(lists).toEqual(['ana maria', 'ana'])
})

test('a second listener gets the present list, one that left gets nothing more', async () => {
  const server = await fakeServer()
  server.presence('ana', true)
  const recado = client(server)
  const [first, second]: [string[], string[]] = [[], []]
  const off = recado.onPresence(users => first.push(names(users)))
  await until('the snapshot', () => first.length === 1)
  recado.onPresence(users => second.push(names(users)))
  await until('the same', () => second.length === 1)
  off()
  server.presence('maria', true)
  await until('maria', () => second.length === 2)
  expect(first).toEqual(['ana'])
  expect(second).toEqual(['ana', 'ana maria'])
})
