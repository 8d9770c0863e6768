// `recado audit`: what it prints where, and its exit codes.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { type Home, openHome } from '../terminal/program.ts'
import { startMutantProxy } from './mutant-proxy.ts'

let server: TestServer
const cleanups: (() => void | Promise<void>)[] = []

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function open(): Promise<Home> {
  const home = await openHome()
  cleanups.push(() => home.remove())
  return home
}

/** A server that answers what it should refuse by GET. */
async function broken(): Promise<string> {
  const proxy = await startMutantProxy(server.url, {
    answer(answer) {
      if (answer.status === 405) answer.status = 200
    },
  })
  cleanups.push(() => proxy.close())
  return proxy.url
}

describe('recado audit', () => {
  test('prints a table, progress beside it, and ends with 0 when nothing failed', async () => {
    const { code, stdout, stderr } = await (await open()).done(['audit', server.url, '--only', 'SEND-6,COMPAT'])
    expect(stdout.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^skipped {2}SEND-6 {4}MUST {4}refuse sends over/),
      '         sendsPerSecond is 0: no limit',
      expect.stringMatching(/^ok {7}COMPAT-1 {2}MUST {4}say in `Server\.protocol`/),
      '',
      '1 ok, 0 failed, 1 skipped: the server keeps the protocol.',
    ])
    expect(stderr).toContain(`Looking at ${server.graphql}: 2 audits.`)
    expect(code).toBe(0)
  })

  test('says in Portuguese what failed and why, and ends with 1', async () => {
    const url = await broken()
    const { code, stdout } = await (await open())
      .run(['audit', url, '--only', 'HTTP-3a,HTTP-3c'], { env: { LANG: 'pt_BR.UTF-8' } })
      .ended()
    expect(stdout).toMatch(
      /^FALHOU {2}HTTP-3a {2}MUST {4}refuse a query by GET with 405\n +the status for .*: expected 405, got 200$/m,
    )
    expect(stdout).toContain('0 ok, 2 falharam, 0 puladas: 2 que são obrigatórias (MUST) não se cumprem.')
    expect(code).toBe(1)
  })

  test('has an array with --json', async () => {
    const url = await broken()
    const { code, stdout } = await (await open()).done(['audit', url, '--json', '--only', 'HTTP-3a,SEND-6,COMPAT-1'])
    expect(JSON.parse(stdout)).toEqual([
      {
        id: 'SEND-6',
        level: 'MUST',
        sentence: expect.any(String),
        status: 'skipped',
        reason: 'sendsPerSecond is 0: no limit',
      },
      {
        id: 'HTTP-3a',
        level: 'MUST',
        sentence: 'MUST refuse a query by GET with 405',
        status: 'failed',
        reason: 'the status for application/json: expected 405, got 200',
      },
      { id: 'COMPAT-1', level: 'MUST', sentence: expect.any(String), status: 'ok', reason: '' },
    ])
    expect(code).toBe(1)
  })

  test('lists all audits without a server', async () => {
    const { code, stdout } = await (await open()).done(['audit', '--list'])
    expect(code).toBe(0)
    expect(stdout.trimEnd().split('\n').length).toBeGreaterThan(300)
    expect(stdout).toContain('\nSEND-3b  MUST use up no nonce by a refused send\n')
  })

  test('says that there is no server, and ends with 1', async () => {
    const { code, stdout, stderr } = await (await open()).done(['audit', 'http://127.0.0.1:9'])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain('There is nothing to audit')
  })
})
