// docs/operations.md names settings, codes, metrics, lines of the log and files: they are the program's.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { mostAppends, nodeLoad, type Question, readCosts, describe as reckon, redisLoad } from '../../docs/scaling.ts'
import { SETTINGS } from '../../server/config.ts'
import { ERRORS } from '../../server/domain/errors.ts'
import { createMetrics } from '../../server/telemetry/metrics.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (file: string): string => readFileSync(join(root, file), 'utf8')
const pages = ['docs/operations.md', 'docs/pt-BR/operations.md', 'docs/scaling.md']

/** Names in capitals that are not the program's: Redis' commands, nginx' template, Node's. Those of the
 * move between stores are of files that this page only points to. */
const OTHERS =
  /^(RECADO_\w+|NODE_EXTRA_CA_CERTS|BGREWRITEAOF|BGSAVE|CONFIG|EVAL|WAIT|PUBLISH|SPUBLISH|FILE|ARQUIVO|POST|GET)$/

describe.each(pages)('%s', page => {
  const text = read(page)

  test('names settings and codes that exist', () => {
    const storeCodes = [...read('server/store/store-error.ts').matchAll(/^ {2}\| '([A-Z_]+)'$/gm)].map(
      ([, code]) => code,
    )
    expect(storeCodes.length).toBeGreaterThan(5)
    const known = new Set([...Object.keys(SETTINGS), ...Object.keys(ERRORS), ...storeCodes])
    const named = [...text.matchAll(/`([A-Z][A-Z_]{2,})(?==|`)/g)].map(([, name = '']) => name)
    expect(named.filter(name => !known.has(name) && !OTHERS.test(name))).toEqual([])
  })

  test('names metrics that a node tells', async () => {
    const metrics = createMetrics()
    const told = await metrics.text()
    metrics.close()
    const named = [...text.matchAll(/`((?:recado|process)_[a-z_]+)(?:\{|`)/g)].map(([, name = '']) => name)
    expect(named.filter(name => !new RegExp(`^# TYPE ${name} `, 'm').test(told))).toEqual([])
  })

  test('points to files that are there', () => {
    const links = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, link = '']) => link)
    // Written with the commands that it is about.
    const own = links.filter(link => !link.endsWith('moving.md'))
    expect(own.filter(link => !existsSync(join(root, dirname(page), link)))).toEqual([])
  })
})

test('the lines of the log that the page explains are written by the server', () => {
  const source = globSync('server/**/*.ts', { cwd: root }).map(read).join('\n')
  const lines = [...read('docs/operations.md').matchAll(/[Ii]n the log:? `([^`]+)`/g)].map(([, line = '']) => line)
  expect(lines.length).toBeGreaterThan(4)
  expect(lines.filter(line => !source.includes(line))).toEqual([])
})

describe('the calculation', () => {
  const costs = {
    ...readCosts(),
    writeUs: 10,
    copyUs: 0.1,
    appendUs: 15,
    privateAppendUs: 25,
    noticeUs: 0.5,
    frameBytes: 400,
  }
  const question: Question = { people: 1e6, rate: 1, sockets: 20_000 }

  test('a node that keeps up writes each message by itself: 1,000 people × 10 messages/s × 10 µs is a tenth of a second', () => {
    const load = nodeLoad(1_000, 10, costs)
    expect(load).toMatchObject({ flushesPerSecond: 10, messagesPerFlush: 1, deliveriesPerSecond: 10_000 })
    expect(load.busy).toBeCloseTo(0.1)
    expect(load.lastSocketMs).toBeCloseTo(10)
    expect(load.megabitsPerSecond).toBeCloseTo(32)
  })

  test('one that does not lets messages share writes, and its thread is full', () => {
    const load = nodeLoad(20_000, 50, costs)
    expect(load.messagesPerFlush).toBeGreaterThan(5)
    expect(load.flushesPerSecond * load.messagesPerFlush).toBeCloseTo(50, 3)
    expect(load.busy).toBeGreaterThan(0.9)
    expect(load.busy).toBeLessThanOrEqual(1)
  })

  test('Redis: an append and a notice for each node', () => {
    expect(redisLoad(10, 1_000, 0, costs)).toBeCloseTo(0.02)
    expect(redisLoad(10, 0, 1_000, costs)).toBeCloseTo(0.031)
    expect(mostAppends(10, false, costs)).toBeCloseTo(30_000)
  })

  test('the page has a place for each table, and they are those of the figures in the repository', () => {
    const page = read('docs/scaling.md')
    for (const [name, table] of reckon(readCosts(), question)) {
      expect(page, `${name}: npm run scaling -- --write`).toContain(`<!-- ${name} -->\n${table}\n<!-- /${name} -->`)
    }
  })
})
