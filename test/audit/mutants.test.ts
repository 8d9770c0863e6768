// Every audit can fail: each broken server is caught by the audits that the list names, and by the list every audit
// catches one. The same audits find nothing at the same server when the proxy before it alters nothing.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { allAudits } from '../../audit/all.ts'
import type { Audit, AuditResult } from '../../audit/audit.ts'
import { runAudits } from '../../audit/run.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { type Alterations, startMutantProxy } from './mutant-proxy.ts'
import type { Mutant } from './mutants/mutant.ts'
import { mutants } from './mutants.ts'
import { IMPATIENT } from './setup.ts'

const audits = await allAudits()
const auditById = new Map(audits.map(audit => [audit.id, audit]))

/** Whatever is waited for may take so long: mutants that swallow things are caught by waiting. */
const PATIENCE_MS = 3_000
/** Where all comes that is waited for, only a busy machine takes longer: passwords are hashed behind everything else on it. */
const LONG_PATIENCE_MS = 60_000

/** What needs bytes that no proxy of HTTP lets through. */
const PAST_THE_PROXY = ['HTTP-6b', 'HTTP-4a', 'HTTP-4b']

let server: TestServer

beforeAll(async () => {
  server = await startTestServer(IMPATIENT)
  // It is made when it is first asked for, which takes a busy machine longer than that.
  await fetch(server.graphql, { headers: { accept: 'text/html' } })
})
afterAll(() => server.close())

async function audit(
  alterations: Alterations,
  chosen: readonly Audit[],
  patienceMs = PATIENCE_MS,
): Promise<AuditResult[]> {
  const proxy = await startMutantProxy(server.url, alterations)
  try {
    return [...(await runAudits(proxy.url, chosen, { patienceMs, lanes: 4 })).results]
  } finally {
    await proxy.close()
  }
}

test('there are mutants with names of their own, and every audit is named by one', () => {
  const names = mutants.map(({ name }) => name)
  expect(names.length).toBeGreaterThanOrEqual(25)
  expect(new Set(names).size).toBe(names.length)
  const named = new Set(mutants.flatMap(({ caughtBy }) => caughtBy))
  expect([...named].filter(id => !auditById.has(id))).toEqual([])
  expect(audits.map(({ id }) => id).filter(id => !named.has(id))).toEqual([])
})

test('a proxy that alters nothing is caught by nobody', { timeout: 300_000 }, async () => {
  const nothing: Alterations = {
    operation() {},
    json: text => text,
    result: result => result,
    event: block => block,
    fromClient: message => [message],
    fromServer: message => [message],
    serverFrame: frame => [frame],
  }
  const chosen = audits.filter(({ id }) => !PAST_THE_PROXY.includes(id))
  const results = await audit(nothing, chosen, LONG_PATIENCE_MS)
  expect(results.filter(({ status }) => status !== 'ok')).toEqual([])
})

/** All of them are tried beside each other, as most of it is waiting; here is what came, or what went wrong. */
const outcomes = new Map<Mutant, AuditResult[] | Error>()

async function tryOut(mutant: Mutant): Promise<void> {
  const chosen = mutant.caughtBy.flatMap(id => auditById.get(id) ?? [])
  outcomes.set(mutant, await audit(mutant.alter(), chosen).catch((error: Error) => error))
}

describe('caught by name:', () => {
  beforeAll(async () => {
    const needsAll = ({ caughtBy }: Mutant): boolean => caughtBy.some(id => auditById.get(id)?.alone)
    const waiting = mutants.filter(mutant => !needsAll(mutant))
    const lane = async (): Promise<void> => {
      for (let next = waiting.shift(); next; next = waiting.shift()) await tryOut(next)
    }
    await Promise.all(Array.from({ length: 12 }, lane))
    for (const mutant of mutants.filter(needsAll)) await tryOut(mutant)
  }, 300_000)

  test.each(mutants.map(mutant => [mutant.name, mutant] as const))('%s', async (_, mutant) => {
    const first = outcomes.get(mutant)
    // What others said beside it may stand for what it took away: then it is tried once more, alone.
    if (!Array.isArray(first) || first.some(({ status }) => status !== 'failed')) await tryOut(mutant)
    const results = outcomes.get(mutant)
    if (!Array.isArray(results)) throw results
    expect(results.map(({ id }) => id).toSorted()).toEqual(mutant.caughtBy.toSorted())
    expect(results.filter(({ status }) => status !== 'failed').map(({ id, status }) => [id, status])).toEqual([])
  })
})
