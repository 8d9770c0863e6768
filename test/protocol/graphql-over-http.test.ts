// graphql-http's audits of a server, all of them. Those that this server fails by design are listed with the reason; a
// test fails when one of these passes after all.
import { serverAudits } from 'graphql-http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../setup/server.ts'

/** HTTP-3: a GET carries no query, so that no link and no image makes a browser ask with its cookie. */
const GET_IS_OFF = 'queries by GET are off: 405'

const BY_DESIGN: Readonly<Record<string, string>> = {
  '5A70': GET_IS_OFF,
  D6D5: GET_IS_OFF,
  '6A70': GET_IS_OFF,
}

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})

afterAll(async () => {
  await server.close()
})

describe('HTTP-5 the audits of graphql-http', () => {
  const audits = serverAudits({ url: () => server.graphql })

  test('HTTP-5 there are audits, and those that fail by design are among them', () => {
    expect(audits.length).toBeGreaterThan(50)
    expect(Object.keys(BY_DESIGN).filter(id => !audits.some(audit => audit.id === id))).toEqual([])
  })

  for (const { id, name, fn } of audits) {
    const reason = BY_DESIGN[id]
    test(`${id} ${name}${reason ? ` (not here: ${reason})` : ''}`, async () => {
      const result = await fn()
      if (reason) {
        expect(result.status).not.toBe('ok')
        if (result.status !== 'ok') expect(result.response.status).toBe(405)
        return
      }
      expect(result.status === 'ok' ? 'ok' : `${result.status}: ${result.reason}`).toBe('ok')
    })
  }
})
