// Upgrades that look odd but are taken, and the limit of an address. Those that are refused are in
// test/hostile/rows/upgrades.ts.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRawSocket, type RawSocketOptions } from '../setup/raw-socket.ts'
import { type Entered, enter } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { callWitness, type Witness } from '../setup/witness.ts'

let server: TestServer
let witness: Witness
let mallory: Entered
let cookie: string

beforeAll(async () => {
  server = await startTestServer({
    ALLOWED_ORIGINS: 'https://friend.example',
    TRUST_PROXY: '127.0.0.1',
    CONNECTIONS_PER_ADDRESS: '3',
  })
  witness = await callWitness(server)
  mallory = await enter(server.graphql, 'mallory')
  cookie = `recado=${mallory.token}`
})

afterAll(async () => {
  await witness.dispose()
  await server.close()
})

async function statusOf(options: RawSocketOptions): Promise<number> {
  const socket = await openRawSocket(server.socket, options)
  socket.destroy()
  return socket.status
}

describe('upgrades', () => {
  test('ORIGIN-1 ORIGIN-2 our own Origin, an allowed one, and none at all are taken', async () => {
    expect(await statusOf({ headers: { Origin: server.url, Cookie: cookie } })).toBe(101)
    expect(await statusOf({ headers: { Origin: 'https://friend.example', Cookie: cookie } })).toBe(101)
    expect(await statusOf({})).toBe(101)
    expect(await statusOf({ headers: { Authorization: `Bearer ${mallory.token}` } })).toBe(101)
  })

  test('LIMIT-4 over the connections of an address the upgrade is refused with 429, and taken again once one is gone', async () => {
    const headers = { 'X-Forwarded-For': '203.0.113.5' }
    const sockets = await Promise.all(Array.from({ length: 3 }, () => openRawSocket(server.socket, { headers })))
    expect(sockets.map(({ status }) => status)).toEqual([101, 101, 101])
    expect(await statusOf({ headers })).toBe(429)
    expect(await statusOf({ headers: { 'X-Forwarded-For': '203.0.113.6' } })).toBe(101)
    sockets[0]?.destroy()
    await expect.poll(() => statusOf({ headers })).toBe(101)
    for (const socket of sockets) socket.destroy()
    await witness.isUnharmed()
  })
})
