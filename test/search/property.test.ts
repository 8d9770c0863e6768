// Anything that accounts may send, edit, delete and look for, against a plain model: who finds what, in which pages. What
// is private of others must not show in anything of an answer.
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AccountRef, Scope } from '../../server/domain/entry.ts'
import { parseQuery } from '../../server/search/query.ts'
import { createRandom, pick } from '../setup/random.ts'
import { createRig, type Rig } from './rig.ts'

const RUNS = 12
const STEPS = 60
const QUERIES = 12
const VOCABULARY = [
  'Olá',
  'ola',
  'OLÁ!',
  'ação',
  'Acao',
  'açaí',
  'a',
  'ab',
  'abc',
  'não',
  'NAO',
  'céu-azul',
  'azul',
  '10',
  '1',
]
const ASKED = ['ola', 'ÓLA', 'aca', 'acao', 'a', 'ab', 'nao', 'ceu', 'ceu azul', 'azul', '1', '10', 'xyz']

interface Said {
  readonly id: string
  readonly from: AccountRef
  readonly to: AccountRef | null
  /** Null: deleted. */
  text: string | null
}

let rig: Rig

beforeAll(async () => {
  rig = await createRig()
})

afterAll(() => rig.close())

/** As plain as it can be said; the texts above have nothing that this does not cover. */
const words = (text: string): string[] =>
  text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean)

/** @param terms words that stand side by side; the last of the last may go on unless it was quoted */
function has(text: string, terms: readonly string[][], isPrefix: boolean): boolean {
  const padded = ` ${words(text).join(' ')} `
  return terms.every((term, index) => {
    const open = isPrefix && index === terms.length - 1
    return padded.includes(` ${term.join(' ')}${open ? '' : ' '}`)
  })
}

it('finds what a plain model finds, for every account, in pages of any size', { timeout: 180_000 }, async () => {
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32))
  const random = createRandom(seed)
  const upTo = (most: number): number => 1 + Math.floor(random() * most)
  const text = (): string => Array.from({ length: upTo(4) }, () => pick(VOCABULARY, random)).join(' ')
  const people = await Promise.all(['p0', 'p1', 'p2', 'p3'].map(rig.account))
  const log: Said[] = []
  let found = 0

  async function change(): Promise<void> {
    const mine = log.length > 0 && random() < 0.35 ? pick(log, random) : null
    if (mine) {
      const next = random() < 0.4 ? null : text()
      const status = await rig.revise(mine.from, mine.id, next)
      if (status === 'stored') mine.text = next
      return
    }
    const from = pick(people, random)
    const to = random() < 0.4 ? null : pick(people, random)
    const said: Said = { id: '', from, to, text: text() }
    const { messageId } = await rig.say(from, to, said.text ?? '')
    log.push({ ...said, id: messageId })
  }

  async function check(): Promise<void> {
    const viewer = pick(people, random)
    const peer = random() < 0.3 ? pick(people, random) : null
    const scope: Scope = peer
      ? pick(['ALL', 'PRIVATE'] as const, random)
      : pick(['ALL', 'PUBLIC', 'PRIVATE'] as const, random)
    const parts = Array.from({ length: upTo(2) }, () => pick(ASKED, random))
    const isQuoted = random() < 0.3
    const typed = isQuoted ? parts.map(part => `"${part}"`).join(' ') : parts.join(' ')
    const terms = isQuoted ? parts.map(words) : parts.flatMap(part => words(part).map(word => [word]))
    const expected = log.filter(said => {
      const { from, to } = said
      if (to !== null && from.id !== viewer.id && to.id !== viewer.id) return false
      if (scope === 'PUBLIC' && to !== null) return false
      if ((scope === 'PRIVATE' || peer) && to === null) return false
      if (peer && [from.id, to?.id].toSorted().join() !== [viewer.id, peer.id].toSorted().join()) return false
      return said.text !== null && has(said.text, terms, !isQuoted)
    })
    const limit = upTo(7)
    const pages: (string | null)[] = []
    let before: number | undefined
    for (;;) {
      const page = await rig.search.find({
        query: parseQuery(typed),
        viewer: viewer.id,
        scope,
        limit,
        ...(peer ? { with: peer.id } : {}),
        ...(before ? { before } : {}),
      })
      pages.unshift(...page.entries.map(entry => `${entry.messageId} ${entry.text}`))
      const left = expected.length - pages.length
      expect({ seed, typed, hasPrevious: page.hasPrevious, hasNext: page.hasNext, count: page.entries.length }).toEqual(
        {
          seed,
          typed,
          hasPrevious: left > 0,
          hasNext: pages.length > page.entries.length,
          count: left > 0 ? limit : expected.length - (pages.length - page.entries.length),
        },
      )
      before = page.entries[0]?.position
      if (!page.hasPrevious) break
    }
    expect({ seed, typed, scope, pages }).toEqual({
      seed,
      typed,
      scope,
      pages: expected.map(said => `${said.id} ${said.text}`),
    })
    found += pages.length
  }

  for (let run = 0; run < RUNS; run++) {
    for (let step = 0; step < STEPS; step++) await change()
    for (let query = 0; query < QUERIES; query++) await check()
    // Now and then the index is not there while things happen.
    if (run % 4 === 3) {
      await rig.search.close()
      for (let step = 0; step < 10; step++) await change()
      await rig.open()
    }
  }
  // It was not all empty answers.
  expect(found).toBeGreaterThan(RUNS * QUERIES)
})
