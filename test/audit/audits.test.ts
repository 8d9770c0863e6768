// Our own server keeps its protocol, by all audits, with SQLite and with Redis; and the document that lists them is theirs.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { allAudits, recadoAudits, selectAudits } from '../../audit/all.ts'
import { clauseOf } from '../../audit/audit.ts'
import { describeAudits } from '../../audit/document.ts'
import { exceptions, partly } from '../../audit/exceptions.ts'
import { mustFailed } from '../../audit/report.ts'
import { parseEndpoint, runAudits } from '../../audit/run.ts'
import { startRedis } from '../setup/redis.ts'
import { startTestServer } from '../setup/server.ts'
import { IMPATIENT } from './setup.ts'

const ROOT = new URL('../../', import.meta.url)
const CLAUSES = [...readFileSync(new URL('docs/PROTOCOL.md', ROOT), 'utf8').matchAll(/^- \*\*([A-Z]+-\d+)\*\* /gm)].map(
  ([, id = '']) => id,
)

const audits = await allAudits()

describe('the audits', () => {
  test('are many, each with an id of its own, a level and a sentence that begins with it', () => {
    expect(recadoAudits.length).toBeGreaterThanOrEqual(120)
    expect(new Set(audits.map(({ id }) => id)).size).toBe(audits.length)
    for (const { id, level, sentence } of audits) {
      expect(id).toMatch(/^[A-Z]+-\d+([a-z]|\/[0-9A-Z]{4})?$/)
      expect(sentence.startsWith(`${level} `), id).toBe(true)
    }
  })

  test('look at every clause, or a list says why not', () => {
    const audited = new Set(audits.map(({ id }) => clauseOf(id)))
    expect(CLAUSES.filter(id => !audited.has(id) && !Object.hasOwn(exceptions, id))).toEqual([])
    expect([...audited, ...Object.keys(exceptions)].filter(id => !CLAUSES.includes(id))).toEqual([])
    expect(Object.keys(exceptions).filter(id => audited.has(id))).toEqual([])
    expect(Object.keys(partly).filter(id => !audited.has(id))).toEqual([])
  })

  test('are listed in docs/audits.md', () => {
    expect(readFileSync(new URL('docs/audits.md', ROOT), 'utf8'), 'run npm run docs').toBe(describeAudits(audits))
  })

  test('are chosen by id, by clause and by section', () => {
    const idsOf = (...words: string[]): string[] => {
      const chosen = selectAudits(audits, words)
      return 'selected' in chosen ? chosen.selected.map(({ id }) => id) : [chosen.unknown]
    }
    expect(idsOf('SEND-3')).toEqual(['SEND-3a', 'SEND-3b'])
    expect(idsOf('SEND-3b', 'SOCK-8')).toEqual(['SOCK-8', 'SEND-3b'])
    expect(idsOf('BEAT')).toEqual(['BEAT-2', 'BEAT-1a', 'BEAT-1b'])
    expect(idsOf('SEND-3', 'SEND-99')).toEqual(['SEND-99'])
    expect(idsOf('SEND-')).toEqual(['SEND-'])
  })

  test('take an address of the server or of its endpoint', () => {
    expect(parseEndpoint('http://x')?.href).toBe('http://x/graphql')
    expect(parseEndpoint('wss://x/graphql')?.href).toBe('https://x/graphql')
    expect(parseEndpoint('http://x/chat/graphql')?.href).toBe('http://x/chat/graphql')
    for (const wrong of ['x', 'ftp://x', 'http://a:b@x', 'http://x/?a']) expect(parseEndpoint(wrong)).toBeNull()
  })

  test('need a server', async () => {
    await expect(runAudits('http://127.0.0.1:9', audits, { patienceMs: 2_000 })).rejects.toThrow('no answer')
  })
})

// The limits are those that a server has by default: a run stays below them.
describe.each(['SQLite', 'Redis'])('a server with %s', store => {
  test('keeps every clause', { timeout: 180_000 }, async () => {
    const redis = store === 'Redis' ? await startRedis() : null
    const server = await startTestServer({ ...IMPATIENT, ...(redis ? { REDIS_URL: redis.url } : {}) })
    try {
      const { results, accounts } = await runAudits(server.url, audits)
      expect(results.filter(({ status }) => status === 'failed')).toEqual([])
      expect(results.filter(({ status }) => status === 'skipped')).toEqual([])
      expect(results.map(({ id }) => id)).toEqual(audits.map(({ id }) => id))
      expect(mustFailed(results)).toBe(0)
      expect(accounts.left).toBe(0)
      expect(accounts.made).toBeLessThan(200)
    } finally {
      await server.close()
      await redis?.dispose()
    }
  })
})
