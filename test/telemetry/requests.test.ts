// What an operator sees of a running server: numbers that move with what happens, and names of requests, in the answer and
// in the log.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ServerChild, startServerChild } from '../setup/child.ts'
import { type Entered, enter, request, send, trySend } from '../setup/request.ts'
import { EVENTS, live, stockClient } from '../setup/stock.ts'
import { until } from '../setup/until.ts'

let folder: string
let server: ServerChild
let ana: Entered

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recado-requests-'))
  server = await startServerChild({ dataDir: folder, env: { LOG_LEVEL: 'debug' } })
  ana = await enter(server.graphql, 'ana', 'a good password')
})
afterAll(async () => {
  await server?.stop('SIGTERM')
  await rm(folder, { recursive: true, force: true })
})

async function series(name: string): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text()
  const line = text.split('\n').find(candidate => candidate.startsWith(`${name} `))
  return Number(line?.slice(name.length + 1) ?? Number.NaN)
}

/** The lines of the log with this id. */
const linesOf = (requestId: string) =>
  server
    .output()
    .split('\n')
    .filter(line => line.includes(`"${requestId}"`))
    .map(line => JSON.parse(line))

test('HTTP-8 an answer has the id that its request had, or one of the server’s, and the log has it', async () => {
  const ask = (headers: Record<string, string>) => fetch(`${server.url}/health/live`, { headers })
  expect((await ask({ 'x-request-id': 'proxy:7f.A_1-2' })).headers.get('x-request-id')).toBe('proxy:7f.A_1-2')
  for (const bad of ['with space', 'x'.repeat(65), '{"level":"error"}']) {
    const id = (await ask({ 'x-request-id': bad })).headers.get('x-request-id')
    expect(id).toMatch(/^[\w-]{22}$/)
  }
  const answer = await fetch(`${server.graphql}?query=%7Bme%7Bid%7D%7D`, { headers: { 'x-request-id': 'mine-1' } })
  expect(answer.headers.get('x-request-id')).toBe('mine-1')
  const [line] = await until('the line', () => {
    const lines = linesOf('mine-1')
    return lines.length > 0 && lines
  })
  expect(line).toMatchObject({
    level: 'debug',
    method: 'GET',
    path: '/graphql',
    status: answer.status,
    msg: 'answered',
  })
  expect(JSON.stringify(line)).not.toContain('query')
})

test('what is counted moves with what happens, and no secret is in the log', async () => {
  const before = await series('recado_commit_seconds_count')
  const { length } = await Promise.all([1, 2, 3].map(n => send(server.graphql, ana.token, { text: `m${n}` })))
  expect(length).toBe(3)
  expect(await series('recado_appends_total')).toBeGreaterThanOrEqual(3)
  expect(await series('recado_commit_seconds_count')).toBeGreaterThan(before)
  expect(await series('recado_commit_seconds_sum')).toBeGreaterThan(0)
  const client = stockClient(server.socket, ana.token)
  await live(client.subscribe(EVENTS))
  expect(await series('recado_feeds{state="live"}')).toBe(1)
  expect(await series('recado_feed_lag_seconds')).toBe(0)
  expect(await series('recado_connections{transport="websocket"}')).toBe(1)
  await client.dispose()
  const refused = await series('recado_refused_total{code="UNKNOWN_RECIPIENT"}')
  await trySend(server.graphql, ana.token, { text: 'x', to: 'nobodyatall' })
  expect(await series('recado_refused_total{code="UNKNOWN_RECIPIENT"}')).toBe(refused + 1)
  await request(server.graphql, 'mutation { enter(username: "ana", password: "another secret") { token } }')
  for (const secret of [ana.token, 'a good password', 'another secret']) expect(server.output()).not.toContain(secret)
})

test('a refusal is counted each time, also of a document that is known to be bad, over HTTP and on sockets', async () => {
  const client = stockClient(server.socket, ana.token)
  for (const [code, query] of [
    ['GRAPHQL_PARSE_FAILED', '{ me { id }'],
    ['GRAPHQL_VALIDATION_FAILED', '{ me { nothing } }'],
  ] as const) {
    const counted = `recado_refused_total{code="${code}"}`
    const before = await series(counted)
    for (let n = 0; n < 3; n++) {
      await request(server.graphql, query, { token: ana.token })
      const running = client.subscribe(query)
      await until('it is refused', () => running.failure !== null)
    }
    expect([code, await series(counted)]).toEqual([code, before + 6])
  }
  await client.dispose()
})
