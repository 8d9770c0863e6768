// A set of cases equivalent to Autobahn's, over bare sockets. What each one is, is in test/protocol/rfc6455/cases.ts.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRawSocket } from '../setup/raw-socket.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { CASES } from './rfc6455/cases.ts'
import { GROUPS_OF_CASES, rfc6455Table, rfc6455TableOfPage, runCase } from './rfc6455/run.ts'
import { GROUPS } from './rfc6455/utf8.ts'

let server: TestServer
/** Numbers of the cases whose outcome was as expected. */
const good = new Set<string>()

beforeAll(async () => {
  server = await startTestServer()
})

afterAll(async () => {
  await server.close()
})

describe('RFC 6455, by the numbers of Autobahn', () => {
  for (const group of GROUPS_OF_CASES) {
    const cases = CASES.filter(({ id }) => group.has.test(id))
    test(`SOCK-9 CLOSE-1 ${group.numbers}: ${group.en}`, async () => {
      expect(cases.length).toBeGreaterThan(0)
      for (const each of cases) {
        expect([each.id, ...(await runCase(server.socket, each))]).toEqual([each.id, ...each.expected])
        good.add(each.id)
      }
    })
  }

  test('every case is in one group, and each number is there once', () => {
    const ids = CASES.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.filter(id => GROUPS_OF_CASES.filter(({ has }) => has.test(id)).length !== 1)).toEqual([])
  })

  test('a sequence is called valid exactly where a decoder takes it', () => {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    const takes = (bytes: Buffer): boolean => {
      try {
        decoder.decode(bytes)
        return true
      } catch {
        return false
      }
    }
    for (const { id, sequences } of GROUPS) {
      for (const { bytes, isValid } of sequences)
        expect([id, takes(bytes)], bytes.toString('hex')).toEqual([id, isValid])
    }
  })

  test('12 and 13, SOCK-9: no offer of compression is taken', async () => {
    for (const offer of [
      'permessage-deflate',
      'permessage-deflate; client_max_window_bits; client_no_context_takeover',
      'permessage-deflate; server_max_window_bits=9, permessage-deflate',
    ]) {
      const socket = await openRawSocket(server.socket, { headers: { 'Sec-WebSocket-Extensions': offer } })
      expect(socket.status).toBe(101)
      expect(socket.headers.has('sec-websocket-extensions'), offer).toBe(false)
      socket.destroy()
    }
  })

  test('the pages have what was run', () => {
    const asExpected = CASES.filter(({ id }) => good.has(id))
    for (const language of ['pt', 'en'] as const) {
      expect(rfc6455TableOfPage(language), 'npm run rfc6455 -- --write').toBe(rfc6455Table(asExpected, language))
    }
  })
})
