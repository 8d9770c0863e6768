// What memory holds of messages that are revised: the tail, the history below it, and whatever is being read meanwhile.
import { describe, expect, test } from 'vitest'
import {
  type Entry,
  type MessageEntry,
  messageOf,
  ORIGIN,
  type RevisionEntry,
  UNREVISED,
} from '../../server/domain/entry.ts'
import { createHistory } from '../../server/feed/history.ts'
import { createRevisions } from '../../server/feed/revisions.ts'
import { createTail, type Tail } from '../../server/feed/tail.ts'
import type { Stretch } from '../../server/store/store.ts'

const [ANA, BIA] = ['ana', 'bia'].map(id => ({ id, username: id })) as [MessageEntry['from'], MessageEntry['from']]

function message(position: number, to: MessageEntry['to'] = null): MessageEntry {
  const [messageId, text] = [`m${position}`, `text of ${position}`]
  return { kind: 'added', position, messageId, from: ANA, to, text, sentAt: 0, replyTo: null, ...UNREVISED }
}

function edited(of: MessageEntry, position: number, text = `text of ${position}`): RevisionEntry {
  const { from, to } = of
  const now = { ...of, text, editedAt: position, revised: position }
  return { kind: 'edited', position, from, to, at: position, message: now }
}

function deleted(of: MessageEntry, position: number): RevisionEntry {
  const { from, to } = of
  const now = { ...of, text: '', deletedAt: position, revised: position }
  return { kind: 'deleted', position, from, to, at: position, message: now }
}

const tailOf = (initial: readonly Entry[]): Tail =>
  createTail({ capacity: 1_000, initial, whole: true, head: initial.at(-1)?.position ?? ORIGIN })

const textsOf = (entries: readonly { kind: string }[]): unknown[] =>
  entries.map(entry => (entry.kind === 'stub' ? 'stub' : messageOf(entry as Entry).text))

const newest = (tail: Tail) => tail.newestPage({ viewer: 'ana', scope: 'ALL', limit: 100 })?.entries

describe('the tail', () => {
  test('has each message as it is now, and earlier revisions of it too', () => {
    const [a, b] = [message(10), message(20)]
    const tail = tailOf([a])
    tail.push([b, edited(a, 30)])
    tail.push([edited(a, 40), message(50)])
    expect(textsOf(tail.range(0, 50))).toEqual(['text of 40', 'text of 20', 'text of 40', 'text of 40', 'text of 50'])
    tail.push([deleted({ ...a, text: 'text of 40', editedAt: 40 }, 60)])
    expect(textsOf(tail.range(0, 60))).toEqual(['', 'text of 20', '', '', 'text of 50', ''])
    expect(newest(tail)).toEqual([
      { ...a, text: '', editedAt: 40, deletedAt: 60, revised: 60 },
      b,
      expect.objectContaining({ position: 50 }),
    ])
    expect(tail.newestVisible('bia')).toBe(60)
    expect(tail.at(30)).toMatchObject({ kind: 'edited', position: 30 })
  })

  test('hands out no chunk that was made before', () => {
    const tail = tailOf(Array.from({ length: 100 }, (_, n) => message(n + 1)))
    const before = tail.chunkAfter(ORIGIN)
    expect(tail.chunkAfter(ORIGIN)).toBe(before)
    tail.push([edited(message(3), 200, 'another')])
    expect(textsOf(tail.chunkAfter(ORIGIN).publicBatch.entries)).toContain('another')
    expect(textsOf(tail.chunkAfter(ORIGIN).publicBatch.entries)).not.toContain('text of 3')
  })

  test('never goes back to an earlier state, whatever comes late', () => {
    const a = message(10)
    const [first, second] = [edited(a, 20), deleted(a, 30)]
    // Read after the deletion: a revision that another way has told of before shows what it is now.
    const tail = tailOf([second.message])
    tail.push([first])
    expect(textsOf(tail.range(0, 30))).toEqual(['', ''])
    tail.push([second])
    expect(textsOf(tail.range(0, 30))).toEqual(['', '', ''])
  })

  test('brings what it has whole up to date once the stub of a revision is filled', () => {
    const [a, b] = [message(10, BIA), message(20, BIA)]
    const tail = tailOf([a, b])
    tail.push([{ kind: 'stub', position: 30, from: ANA, to: BIA }])
    expect(newest(tail)).toBeUndefined()
    const stretch: Stretch = { entries: [edited(a, 30)], through: 30, trimmed: ORIGIN }
    tail.fill('bia', stretch)
    expect(textsOf(tail.range(0, 30))).toEqual(['text of 30', 'text of 20', 'text of 30'])
  })

  test('forgets what it has of a message whose revision comes as a stub, and has it again once that is filled', () => {
    const [a, b] = [message(10, BIA), message(20, BIA)]
    const tail = tailOf([a])
    tail.push([b, edited(a, 30), edited(b, 40)])
    const whole = tail.chunkAfter(ORIGIN)
    tail.push([{ kind: 'stub', position: 50, from: { id: 'ana' }, to: { id: 'bia' }, revises: 10 }])
    // The other message is as it was.
    expect(textsOf(tail.range(0, 50))).toEqual(['stub', 'text of 40', 'stub', 'text of 40', 'stub'])
    expect(tail.firstStub('ana')).toBe(10)
    expect(tail.firstStub('bia')).toBe(10)
    expect(tail.chunkAfter(ORIGIN)).not.toBe(whole)
    expect(textsOf(tail.chunkAfter(ORIGIN).privates)).toEqual(['text of 40', 'text of 40'])
    expect(newest(tail)).toBeUndefined()
    const last = deleted(a, 50)
    const entries = [last.message, { ...edited(a, 30), message: last.message }, last]
    tail.fill('bia', { entries, through: 50, trimmed: ORIGIN })
    expect(tail.firstStub('ana')).toBeNull()
    expect(textsOf(tail.range(0, 50))).toEqual(['', 'text of 40', '', 'text of 40', ''])
    tail.push([edited(b, 60)])
    expect(textsOf(tail.range(0, 60))).toEqual(['', 'text of 60', '', 'text of 60', '', 'text of 60'])
  })

  test('keeps nothing of what was read before a revision that has come as a stub meanwhile', () => {
    const [a, b] = [message(10, BIA), message(20, BIA)]
    const tail = tailOf([])
    const stub = { kind: 'stub', from: { id: 'ana' }, to: { id: 'bia' } } as const
    tail.push([
      { ...stub, position: 10 },
      { ...stub, position: 20 },
      { ...stub, position: 30, revises: 10 },
    ])
    tail.fill('bia', { entries: [a, b], through: 20, trimmed: ORIGIN })
    expect(textsOf(tail.range(0, 30))).toEqual(['stub', 'text of 20', 'stub'])
    expect(tail.firstStub('bia')).toBe(10)
    tail.fill('bia', { entries: [edited(a, 30).message, b, edited(a, 30)], through: 30, trimmed: ORIGIN })
    expect(textsOf(tail.range(0, 30))).toEqual(['text of 30', 'text of 20', 'text of 30'])
  })

  test('takes the stub of a revision for nothing else where it has nothing of the message, or only stubs', () => {
    const stub = { kind: 'stub', from: { id: 'ana' }, to: { id: 'bia' } } as const
    const tail = tailOf([message(20), message(30, BIA)])
    tail.push([
      { ...stub, position: 40 },
      { ...stub, position: 50, revises: 10 },
    ])
    tail.push([
      { ...stub, position: 60, revises: 40 },
      { ...stub, position: 70, revises: 20 },
    ])
    const texts = ['text of 20', 'text of 30', 'stub', 'stub', 'stub', 'stub']
    expect(textsOf(tail.range(0, 70))).toEqual(texts)
    const found = [message(40, BIA), edited(message(40, BIA), 60)]
    tail.fill('bia', { entries: found, through: 70, trimmed: ORIGIN })
    expect(tail.firstStub('bia')).toBeNull()
  })

  test('knows of a revision before it has the message whole', () => {
    const a = message(10, BIA)
    const tail = tailOf([])
    tail.push([{ kind: 'stub', position: 10, from: ANA, to: BIA }])
    tail.push([edited(a, 20, 'newer')])
    tail.fill('bia', { entries: [edited(a, 20, 'newer').message], through: 10, trimmed: ORIGIN })
    expect(textsOf(tail.range(0, 20))).toEqual(['newer', 'newer'])
  })

  test('has of a trimmed message only that it was revised, and no reference to it', () => {
    const a = message(10)
    const reply = { ...message(30), replyTo: { messageId: 'm10', position: 10, from: ANA } }
    const tail = tailOf([a, message(20), reply])
    tail.push([edited(a, 40, 'secret')])
    tail.forget(20, 100)
    expect(tail.range(20, 100)).toEqual([
      { ...reply, replyTo: null },
      {
        ...edited(a, 40),
        kind: 'deleted',
        message: { ...a, text: '', deletedAt: 40, revised: 40 },
      },
    ])
  })

  test('keeps count of its bytes while texts change', () => {
    const a = message(10)
    const tail = createTail({ capacity: 10, maxBytes: 100_000, initial: [a], whole: true, head: 10 })
    for (let n = 1; n <= 100; n++) tail.push([edited(a, 10 + n, 'x'.repeat(n % 2 === 0 ? 1 : 2_000))])
    tail.trim(1_000)
    // Each of the hundred revisions has the latest text, which is short; only their number is over the bounds.
    expect(tail.range(ORIGIN, 1_000)).toHaveLength(10)
  })
})

describe('the history below the tail', () => {
  function historyOf(entries: Entry[]) {
    const revisions = createRevisions()
    let answer = (): Promise<void> => Promise.resolve()
    const history = createHistory(
      {
        async read(_, after, limit) {
          const found = entries.filter(({ position }) => position > after).slice(0, limit)
          await answer()
          return { entries: found, through: found.at(-1)?.position ?? after, trimmed: ORIGIN }
        },
      },
      revisions,
    )
    return {
      history,
      revisions,
      waitFor(promise: Promise<void>) {
        answer = () => promise
      },
    }
  }

  test('drops the chunk of a message that is revised, and those where it was revised before', async () => {
    const entries: Entry[] = Array.from({ length: 200 }, (_, n) => message(n + 1))
    const [third] = [entries[2] as MessageEntry]
    entries[150] = edited(third, 151, 'second')
    entries[2] = edited(third, 151, 'second').message
    const { history } = historyOf(entries)
    await history.load(ORIGIN)
    const [first, between, last] = [ORIGIN, 64, 128].map(position => history.find(position))
    expect(textsOf(first?.publicBatch.entries ?? [])).toContain('second')
    expect(textsOf(last?.publicBatch.entries ?? [])).toContain('second')
    history.revise([deleted(third, 500)])
    expect([ORIGIN, 64, 128].map(position => history.find(position))).toEqual([null, between, null])
  })

  test('takes over what is revised while it is read', async () => {
    const entries: Entry[] = [message(1), message(2)]
    const { history, revisions, waitFor } = historyOf(entries)
    let go = (): void => {}
    waitFor(
      new Promise(resolve => {
        go = resolve
      }),
    )
    const load = history.load(ORIGIN)
    const revision = deleted(message(2), 3)
    revisions.note([revision])
    history.revise([revision])
    go()
    await load
    expect(textsOf(history.find(ORIGIN)?.publicBatch.entries ?? [])).toEqual(['text of 1', ''])
  })

  test('drops what tells of messages that were trimmed', async () => {
    const entries: Entry[] = [edited(message(1), 20, 'kept by a revision only'), message(21)]
    const { history } = historyOf(entries)
    await history.load(10)
    expect(history.find(10)).not.toBeNull()
    history.forget(5)
    expect(history.find(10)).toBeNull()
  })
})

describe('what is held for a while', () => {
  test('is as it was revised meanwhile, and the same list where nothing was', () => {
    const revisions = createRevisions()
    const [a, b] = [message(1), message(2)]
    revisions.note([edited(a, 3, 'before the hold')])
    const hold = revisions.hold()
    const entries = [a, b]
    expect(hold.upToDate(entries)).toBe(entries)
    revisions.note([edited(a, 4, 'first')])
    revisions.note([edited(a, 5, 'second')])
    expect(textsOf(hold.upToDate(entries))).toEqual(['second', 'text of 2'])
    const newer = [edited(a, 6, 'newer').message]
    expect(hold.upToDate(newer)).toBe(newer)
    hold.end()
    revisions.note([edited(b, 7)])
    expect(hold.upToDate([b])).toEqual([b])
  })

  test('is void once too much was revised for it to be remembered', () => {
    const revisions = createRevisions()
    const hold = revisions.hold()
    for (let n = 0; n < 10_001; n++) revisions.note([edited(message(n), 20_000 + n)])
    expect(() => hold.upToDate([message(1)])).toThrow('Too many')
  })
})
