// The tail with stubs in it: what it can tell without the storage, and what it can't.
import { describe, expect, test } from 'vitest'
import { type Entry, type LogItem, ORIGIN, type Position, UNREVISED } from '../../server/domain/entry.ts'
import { createTail } from '../../server/feed/tail.ts'

const ANA = { id: 'ana', username: 'ana' }
const BIA = { id: 'bia', username: 'bia' }
const CLEO = { id: 'cleo', username: 'cleo' }

function entry(position: Position, to: typeof ANA | null = null, from = ANA): Entry {
  return {
    kind: 'added',
    position,
    messageId: `m${position}`,
    from,
    to,
    text: `at ${position}`,
    sentAt: 0,
    replyTo: null,
    ...UNREVISED,
  }
}

function stub({ position, from, to }: Entry): LogItem {
  return { kind: 'stub', position, from: { id: from.id }, to: { id: to?.id ?? '' } }
}

const SECRET = entry(20, BIA)
const NOTE = entry(30, ANA)

function tailOf(items: readonly LogItem[], capacity = 100) {
  const tail = createTail({ capacity, initial: [], whole: true, head: ORIGIN })
  tail.push(items)
  return tail
}

describe('a tail with stubs', () => {
  test('gives nobody’s feeds a stub, but knows that something is there', () => {
    const tail = tailOf([entry(10), stub(SECRET), entry(40)])
    const { publicBatch, privates, through } = tail.chunkAfter(ORIGIN)
    expect(publicBatch.entries.map(({ position }) => position)).toEqual([10, 40])
    expect(privates).toEqual([])
    expect(through).toBe(40)
    expect(tail.at(20)).toEqual(stub(SECRET))
    expect([tail.newestVisible('bia'), tail.newestVisible('cleo')]).toEqual([40, 40])
    const hidden = tailOf([entry(10), stub(SECRET)])
    expect([hidden.newestVisible('bia'), hidden.newestVisible('cleo')]).toEqual([20, 10])
    expect([tail.firstStub('ana'), tail.firstStub('bia'), tail.firstStub('cleo')]).toEqual([20, 20, null])
  })

  test('leaves a page to the storage exactly when a stub would be on it', () => {
    const tail = tailOf([entry(10), stub(SECRET), entry(40), entry(50)])
    const pageOf = (viewer: string, limit: number, more = {}) =>
      tail.newestPage({ viewer, scope: 'ALL', limit, ...more })?.entries.map(({ position }) => position) ?? null
    expect(pageOf('cleo', 10)).toEqual([10, 40, 50])
    expect(pageOf('bia', 1)).toEqual([50])
    // Whether there is more before it is told by the stub, but which is not known whole.
    expect(pageOf('bia', 2)).toBeNull()
    expect(pageOf('bia', 10)).toBeNull()
    expect(pageOf('bia', 10, { scope: 'PUBLIC' })).toEqual([10, 40, 50])
    expect(pageOf('bia', 10, { with: 'ana' })).toBeNull()
    expect(pageOf('bia', 10, { with: 'cleo' })).toEqual([])
  })

  test('is filled for one account, which fills it for the other one too', () => {
    const tail = tailOf([entry(10), stub(SECRET), stub(NOTE), stub(entry(35, CLEO, BIA)), entry(40)])
    const before = tail.chunkAfter(ORIGIN)
    expect(tail.chunkAfter(ORIGIN)).toBe(before)
    tail.fill('ana', { entries: [SECRET, NOTE], through: 40, trimmed: ORIGIN })
    expect(tail.firstStub('ana')).toBeNull()
    expect(tail.firstStub('bia')).toBe(35)
    expect(tail.chunkAfter(ORIGIN).privates).toEqual([SECRET, NOTE])
    expect(tail.range(ORIGIN, 30)).toEqual([entry(10), SECRET, NOTE])
    expect(tail.newestPage({ viewer: 'ana', scope: 'PRIVATE', limit: 10 })?.entries).toEqual([SECRET, NOTE])
  })

  test('is filled as far as the storage was read', () => {
    const tail = tailOf([stub(SECRET), stub(NOTE)])
    tail.fill('ana', { entries: [SECRET], through: 20, trimmed: ORIGIN })
    expect(tail.firstStub('ana')).toBe(30)
    expect(tail.firstStub('bia')).toBeNull()
  })

  test('drops a stub that the storage has nothing for, since it was trimmed, and vouches for nothing before it', () => {
    const tail = tailOf([entry(10), stub(SECRET), entry(40)])
    tail.fill('bia', { entries: [], through: 40, trimmed: 20 })
    expect([tail.firstStub('ana'), tail.firstStub('bia')]).toEqual([null, null])
    expect(tail.floor).toBe(20)
    expect(tail.range(20, 40)).toEqual([entry(40)])
  })

  test('forgets what an entry says of a message that was trimmed, also where that message is below the tail', () => {
    const tail = createTail({ capacity: 100, initial: [entry(110)], whole: false, head: 110 })
    const old = { ...entry(40), text: 'said at 40', editedAt: 1, revised: 120 }
    const quote = { messageId: 'm40', position: 40, from: ANA }
    tail.push([
      { kind: 'edited', position: 120, from: ANA, to: null, at: 1, message: old } as LogItem,
      { ...entry(130), replyTo: quote } as LogItem,
    ])
    expect(JSON.stringify(tail.chunkAfter(110))).toContain('said at 40')
    tail.forget(50, 130)
    for (const said of [tail.range(100, 130), tail.chunkAfter(110)]) {
      expect(JSON.stringify(said)).not.toContain('said at 40')
      expect(JSON.stringify(said)).not.toContain('"m40","position":40,"from"')
    }
    expect(tail.range(100, 130).map(item => [item.position, item.kind])).toEqual([
      [110, 'added'],
      [120, 'deleted'],
      [130, 'added'],
    ])
    expect(tail.range(125, 130)).toEqual([entry(130)])
    expect(tail.floor).toBe(109)
  })

  test('forgets stubs with everything else that is old', () => {
    const items = Array.from({ length: 30 }, (_, i) => (i % 3 === 0 ? stub(entry(i + 1, BIA)) : entry(i + 1)))
    const tail = tailOf(items, 10)
    tail.trim(30)
    expect(tail.floor).toBe(20)
    expect(tail.firstStub('bia')).toBe(22)
    tail.fill('bia', { entries: [22, 25, 28].map(position => entry(position, BIA)), through: 30, trimmed: ORIGIN })
    expect(tail.range(20, 30).every(({ kind }) => kind === 'added')).toBe(true)
    expect(tail.range(20, 30)).toHaveLength(10)
  })
})
