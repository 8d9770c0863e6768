// The index by itself: a viewer's query finds nothing of others even before the log is asked, in the file are no texts, and
// what is wrong in it shows nobody anything.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type IndexFile, openIndexFile } from '../../server/search/index-file.ts'
import { parseQuery } from '../../server/search/query.ts'
import { createRig } from './rig.ts'

let folder: string
let index: IndexFile

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recado-index-'))
  index = openIndexFile(join(folder, 'search.db'), 'abcdefgh')
})

afterEach(async () => {
  index.close()
  await rm(folder, { recursive: true })
})

const find = (viewer: string, text: string, more = {}): readonly number[] =>
  index.search({ query: parseQuery(text), viewer, scope: 'ALL', limit: 100, ...more }).positions

it('answers a viewer with positions of what is public, or theirs', () => {
  const at = 1_795_000_000_000_000
  index.write(
    [
      { position: at + 1, from: 'ana', to: null, text: 'oi a todos 1', isRevised: false },
      { position: at + 2, from: 'ana', to: 'bia', text: 'oi segredo 1', isRevised: false },
      { position: at + 3, from: 'bia', to: 'cleo', text: 'oi segredo 2', isRevised: false },
      { position: at + 4, from: 'cleo', to: 'cleo', text: 'oi nota 1', isRevised: false },
    ],
    at + 4,
  )
  expect(find('ana', 'oi')).toEqual([at + 2, at + 1])
  expect(find('bia', 'oi')).toEqual([at + 3, at + 2, at + 1])
  expect(find('cleo', 'oi')).toEqual([at + 4, at + 3, at + 1])
  expect(find('nobody', 'oi')).toEqual([at + 1])
  expect(find('bia', 'oi', { with: 'ana' })).toEqual([at + 2])
  expect(find('bia', 'oi', { with: 'nobody' })).toEqual([])
  // Numbers of accounts are in the marks of private words: no beginning of a word reaches them.
  for (const text of ['1', '2', '3', 's', 'segredo']) {
    expect(find('nobody', text).filter(position => position !== at + 1)).toEqual([])
  }
  // Places are compared as whole numbers, beyond what 32 bits hold.
  expect(find('bia', 'oi', { before: at + 3 })).toEqual([at + 2, at + 1])
  expect(find('bia', 'oi', { from: at + 2 })).toEqual([at + 2, at + 3])
})

it('takes what a message says in place of what it said, and forgets it', () => {
  index.write([{ position: 5, from: 'ana', to: 'bia', text: 'antes', isRevised: false }], 5)
  index.write([{ position: 5, from: 'ana', to: 'bia', text: 'depois', isRevised: true }], 6)
  expect([find('bia', 'antes'), find('bia', 'depois')]).toEqual([[], [5]])
  index.write([{ position: 5, from: 'ana', to: 'bia', text: null, isRevised: true }], 7)
  expect([find('bia', 'antes'), find('bia', 'depois')]).toEqual([[], []])
})

it('keeps no text, only words in an order that is not theirs', async () => {
  index.write([{ position: 5, from: 'ana', to: null, text: 'Encontro às DEZ na praça', isRevised: false }], 5)
  index.close()
  const bytes = await readFile(join(folder, 'search.db'))
  expect(bytes.includes('Encontro')).toBe(false)
  expect(bytes.includes('encontro as dez')).toBe(false)
  index = openIndexFile(join(folder, 'search.db'), 'abcdefgh')
  expect([index.through, find('ana', 'encontro dez')]).toEqual([5, [5]])
})

it('is cleared of the words of what is gone by tidying, though not of the others', async () => {
  const item = { from: 'ana', to: null, isRevised: false }
  for (let n = 1; n <= 60; n++) {
    const items = Array.from({ length: 20 }, (_, i) => ({ ...item, position: n * 20 + i, text: `palavra ${n} ${i}` }))
    if (n === 30) items.push({ ...item, position: 5, text: 'xsegredox' })
    index.write(items, n * 20 + 19)
  }
  expect(index.tidy()).toBe(false)
  index.write([{ ...item, position: 5, text: null, isRevised: true }], 2_000)
  index.close()
  const path = join(folder, 'search.db')
  expect((await readFile(path)).includes('xsegredox')).toBe(true)
  // It knows after a restart, too.
  index = openIndexFile(path, 'abcdefgh')
  let steps = 0
  while (index.tidy()) steps++
  expect(steps).toBeGreaterThan(0)
  expect((await readFile(path)).includes('xsegredox')).toBe(false)
  expect((await readFile(`${path}-wal`).catch(() => Buffer.alloc(0))).includes('xsegredox')).toBe(false)
  expect(index.tidy()).toBe(false)
  expect(find('ana', 'palavra', { limit: 5_000 })).toHaveLength(1_200)
})

it('that is wrong about whose messages are whose shows nobody anything: the log is asked', async () => {
  const rig = await createRig()
  const [ana, bia, cleo] = [await rig.account('ana'), await rig.account('bia'), await rig.account('cleo')]
  await rig.say(ana, bia, 'oi segredo')
  await rig.say(cleo, cleo, 'oi nota')
  expect(await rig.texts(cleo, 'oi')).toEqual(['oi nota'])
  await rig.search.close()
  const db = new DatabaseSync(rig.path)
  const swap = db.prepare('UPDATE account SET id = ? WHERE id = ?')
  swap.run('aside', bia.id)
  swap.run(bia.id, cleo.id)
  swap.run(cleo.id, 'aside')
  db.close()
  await rig.open()
  expect(await rig.texts(cleo, 'oi')).toEqual([])
  const found = await rig.search.find({ query: parseQuery('oi'), viewer: cleo.id, scope: 'ALL', limit: 1 })
  expect(found).toEqual({ entries: [], hasPrevious: false, hasNext: false })
  await rig.close()
})
