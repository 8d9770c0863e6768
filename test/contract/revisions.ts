// The contract of server/store/store.ts about replies, edits and deletions: they are entries of the log, pages have each
// message once as it is now, and of a text that was replaced nothing is left in any answer. The same suite runs against
// every store, as store.ts beside this file.
import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  type AccountRef,
  type Entry,
  type MessageEntry,
  maySee,
  messageOf,
  ORIGIN,
  type Position,
  type RevisionEntry,
  UNREVISED,
} from '../../server/domain/entry.ts'
import type { Revised, Revision, Store } from '../../server/store/store.ts'
import { openEach, type StoreFixture } from './fixture.ts'
import { trimAll } from './retention.ts'
import { draftOf, enter, enterThree, nonceOf, PATIENCE_MS, say, stored } from './store.ts'

const AT = 1_700_000_100_000

export function edit(message: MessageEntry, text: string, by: AccountRef = message.from, at = AT): Revision {
  return { messageId: message.messageId, by: by.id, kind: 'edited', text, at }
}

export function deletion(message: MessageEntry, by: AccountRef = message.from, at = AT): Revision {
  return { messageId: message.messageId, by: by.id, kind: 'deleted', text: '', at }
}

export function revised(answer: Revised): RevisionEntry {
  if (answer.status !== 'stored') throw new Error(`expected a stored revision, got ${JSON.stringify(answer)}`)
  return answer.entry
}

export function describeRevisions(name: string, create: () => Promise<StoreFixture>): void {
  describe(`store contract, revisions: ${name}`, () => {
    let store: Store
    let log: Entry[]
    let joao: AccountRef
    let maria: AccountRef
    let ana: AccountRef
    const storage = openEach(create, opened => {
      ;({ store, log } = opened)
    })

    beforeEach(async () => {
      ;({ joao, maria, ana } = await enterThree(store))
    })

    const newestPage = async (viewer: AccountRef): Promise<readonly MessageEntry[]> =>
      (await store.page({ viewer: viewer.id, scope: 'ALL', limit: 100 })).entries

    /** Everything that the store answers with, to look for a text in. */
    async function everything(): Promise<string> {
      const positions = log.map(({ position }) => position)
      const ids = log.map(entry => messageOf(entry).messageId)
      const answers: unknown[] = [await store.newest(1_000), await store.follow(ORIGIN, 1_000)]
      for (const { id } of [joao, maria, ana]) {
        for (const scope of ['ALL', 'PUBLIC', 'PRIVATE'] as const) {
          answers.push(await store.read(id, ORIGIN, 1_000, scope))
          answers.push(await store.page({ viewer: id, scope, limit: 100 }))
          answers.push(await store.page({ viewer: id, scope, limit: 100, after: ORIGIN }))
        }
        answers.push(await store.page({ viewer: id, scope: 'ALL', with: maria.id, limit: 100 }))
        answers.push(await Promise.all(positions.map(position => store.at(id, position))))
        answers.push(await Promise.all(ids.map(messageId => store.message(id, messageId))))
      }
      return JSON.stringify(answers)
    }

    describe('an edit', () => {
      test('is an entry of its own, with the message as it is from now on', async () => {
        const message = await say(store, joao, null, 'first')
        const entry = revised(await store.revise(edit(message, 'second')))
        expect(entry.position).toBeGreaterThan(message.position)
        const after = { ...message, text: 'second', editedAt: AT, revised: entry.position }
        expect(entry).toEqual({
          kind: 'edited',
          position: entry.position,
          from: joao,
          to: null,
          at: AT,
          message: after,
        })
        expect(store.head()).toBe(entry.position)
        expect(log).toEqual([message, entry])
        expect(await store.newest(10)).toEqual([after, entry])
        expect(await store.follow(ORIGIN, 10)).toEqual([after, entry])
        expect(await store.follow(message.position, 10)).toEqual([entry])
        expect(await store.follow(entry.position, 10)).toEqual([])
        expect(await store.at(maria.id, entry.position)).toEqual(entry)
        expect(await store.at(maria.id, message.position)).toEqual(after)
        expect(await store.message(maria.id, message.messageId)).toEqual(after)
      })

      test('is in no page: each message is there once, at its place, with its latest text', async () => {
        const first = await say(store, joao, null, 'first')
        const other = await say(store, maria, null, 'other')
        await store.revise(edit(first, 'second'))
        const { position } = revised(await store.revise(edit(first, 'third')))
        const expected = [{ ...first, text: 'third', editedAt: AT, revised: position }, other]
        expect(await newestPage(maria)).toEqual(expected)
        const page = await store.page({ viewer: maria.id, scope: 'ALL', limit: 2, after: ORIGIN })
        expect(page).toEqual({ entries: expected, hasPrevious: false, hasNext: false, trimmed: ORIGIN })
        const none = await store.page({ viewer: maria.id, scope: 'ALL', limit: 2, after: other.position })
        expect(none).toMatchObject({ entries: [], hasPrevious: true, hasNext: false })
        const before = await store.page({ viewer: maria.id, scope: 'ALL', limit: 1, before: position })
        expect(before).toMatchObject({ entries: [other], hasPrevious: true, hasNext: false })
        expect(await everything()).not.toContain('second')
      })

      test('is read in its place, by those who may see the message', async () => {
        const toAll = await say(store, joao, null, 'to all')
        const toMaria = await say(store, joao, maria, 'to maria')
        const note = await say(store, joao, joao, 'note')
        const a = revised(await store.revise(edit(toMaria, 'to maria, again')))
        const b = revised(await store.revise(edit(toAll, 'to all, again')))
        const c = revised(await store.revise(edit(note, 'note, again')))
        const last = await say(store, ana, null, 'last')
        const positions = async (viewer: AccountRef, ...rest: [Position?, number?, ('PUBLIC' | 'PRIVATE')?]) => {
          const [after = ORIGIN, limit = 100, scope] = rest
          const { entries, through } = await store.read(viewer.id, after, limit, scope)
          return [...entries.map(({ position }) => position), through]
        }
        const [pa, pb, pc] = [a.position, b.position, c.position]
        const [p1, p2, p3, p4] = [toAll.position, toMaria.position, note.position, last.position]
        expect(await positions(joao)).toEqual([p1, p2, p3, pa, pb, pc, p4, p4])
        expect(await positions(maria)).toEqual([p1, p2, pa, pb, p4, p4])
        expect(await positions(ana)).toEqual([p1, pb, p4, p4])
        expect(await positions(joao, ORIGIN, 100, 'PRIVATE')).toEqual([p2, p3, pa, pc, p4])
        expect(await positions(joao, ORIGIN, 100, 'PUBLIC')).toEqual([p1, pb, p4, p4])
        // However small the reads, none skips one or gives one twice.
        for (const [viewer, whole] of [
          [joao, [p1, p2, p3, pa, pb, pc, p4]],
          [maria, [p1, p2, pa, pb, p4]],
          [ana, [p1, pb, p4]],
        ] as const) {
          for (const limit of [1, 2, 3]) {
            const found: Position[] = []
            let after: Position = ORIGIN
            while (after < store.head()) {
              const stretch = await store.read(viewer.id, after, limit)
              found.push(...stretch.entries.map(({ position }) => position))
              after = stretch.through
            }
            expect(found).toEqual(whole)
          }
          for (const position of [p1, p2, p3, p4, pa, pb, pc]) {
            expect((await store.at(viewer.id, position)) !== null).toBe(
              (whole as readonly Position[]).includes(position),
            )
          }
        }
      })

      test('to the text that it has already changes and stores nothing', async () => {
        const message = await say(store, joao, null, 'same')
        expect(await store.revise(edit(message, 'same'))).toEqual({ status: 'unchanged', message })
        expect(await store.newest(10)).toEqual([message])
        expect(store.head()).toBe(message.position)
        expect(log).toEqual([message])
      })

      test('is stored in the order of the calls, among sends and other edits', async () => {
        const first = draftOf(joao, null, 'v0')
        const calls = [
          store.append(first),
          store.revise({ messageId: first.messageId, by: joao.id, kind: 'edited', text: 'v1', at: AT }),
          store.append(draftOf(maria, null, 'between')),
          store.revise({ messageId: first.messageId, by: joao.id, kind: 'edited', text: 'v2', at: AT }),
          store.revise({ messageId: first.messageId, by: joao.id, kind: 'deleted', text: '', at: AT }),
          store.revise({ messageId: first.messageId, by: joao.id, kind: 'edited', text: 'v3', at: AT }),
        ]
        const answers = await Promise.all(calls)
        expect(answers.map(({ status }) => status)).toEqual([...Array(5).fill('stored'), 'unknown'])
        expect(log.map(({ kind }) => kind)).toEqual(['added', 'edited', 'added', 'edited', 'deleted'])
        expect(log.map(entry => messageOf(entry).text)).toEqual(['v0', 'v1', 'between', 'v2', ''])
        expect(log.map(({ position }) => position)).toEqual([...log.map(({ position }) => position)].sort())
        // Read later, none of them has what it had then.
        const read = await store.newest(10)
        expect(read.map(({ kind }) => kind)).toEqual(['added', 'edited', 'added', 'edited', 'deleted'])
        expect(read.map(entry => messageOf(entry).text)).toEqual(['', '', 'between', '', ''])
      })

      test('is there after a restart, and positions go on above it', async () => {
        const message = await say(store, joao, maria, 'first')
        storage.now += 1_000
        const entry = revised(await store.revise(edit(message, 'second')))
        storage.now -= 1_000
        await storage.reopen()
        expect(store.head()).toBe(entry.position)
        expect(await store.newest(10)).toEqual([entry.message, entry])
        expect((await say(store, joao, null)).position).toBeGreaterThan(entry.position)
      })
    })

    describe('a deletion', () => {
      test('leaves a tombstone in the page, and no text in any answer', async () => {
        const before = await say(store, maria, null, 'before')
        const message = await say(store, joao, null, 'secret')
        const after = await say(store, maria, null, 'after')
        await store.revise(edit(message, 'secret, edited', joao, AT))
        const entry = revised(await store.revise(deletion(message, joao, AT + 1)))
        expect(entry).toEqual({
          kind: 'deleted',
          position: entry.position,
          from: joao,
          to: null,
          at: AT + 1,
          message: { ...message, text: '', editedAt: AT, deletedAt: AT + 1, revised: entry.position },
        })
        expect(await newestPage(ana)).toEqual([before, entry.message, after])
        expect(await store.message(ana.id, message.messageId)).toEqual(entry.message)
        expect((await store.newest(10)).map(({ kind }) => kind)).toEqual([
          'added',
          'added',
          'added',
          'edited',
          'deleted',
        ])
        expect(await everything()).not.toContain('secret')
        await storage.reopen()
        expect(await everything()).not.toContain('secret')
      })

      test('a second time changes nothing, and an edit finds no message any more', async () => {
        const message = await say(store, joao, null, 'secret')
        const { message: tombstone } = revised(await store.revise(deletion(message)))
        expect(await store.revise(deletion(message, joao, AT + 5))).toEqual({ status: 'unchanged', message: tombstone })
        expect(await store.revise(edit(message, 'again'))).toEqual({ status: 'unknown' })
        expect(await newestPage(joao)).toEqual([tombstone])
      })

      test('of a private message is heard by both, also when one of the accounts was deleted', async () => {
        const message = await say(store, joao, maria, 'secret')
        await store.deleteAccount(maria.id, storage.now)
        const entry = revised(await store.revise(edit(message, 'changed')))
        expect((await store.read(maria.id, message.position, 10)).entries).toEqual([entry])
        const last = revised(await store.revise(deletion(message)))
        expect((await store.read(joao.id, entry.position, 10)).entries).toEqual([last])
        expect(await everything()).not.toContain('changed')
      })
    })

    describe('who may', () => {
      test('only the author; to whom may not see it, it is not there', async () => {
        const toAll = await say(store, joao, null, 'to all')
        const toMaria = await say(store, joao, maria, 'to maria')
        for (const revise of [(m: MessageEntry, by: AccountRef) => edit(m, 'x', by), deletion]) {
          expect(await store.revise(revise(toAll, maria))).toEqual({ status: 'not-author' })
          expect(await store.revise(revise(toMaria, maria))).toEqual({ status: 'not-author' })
          expect(await store.revise(revise(toMaria, ana))).toEqual({ status: 'unknown' })
          expect(await store.revise(revise({ ...toMaria, messageId: 'nothing' }, joao))).toEqual({ status: 'unknown' })
          expect(await store.revise(revise(toAll, { id: 'nobody', username: '' }))).toEqual({ status: 'unknown' })
        }
        expect(await store.newest(10)).toEqual([toAll, toMaria])
        expect(await store.message(ana.id, toMaria.messageId)).toBeNull()
        expect(await store.message(maria.id, toMaria.messageId)).toEqual(toMaria)
        expect(await store.message(maria.id, 'nothing')).toBeNull()
        expect(await store.message('nobody', toAll.messageId)).toEqual(toAll)
      })

      test('not an account that was deleted', async () => {
        const message = await say(store, joao, null, 'stays')
        await store.deleteAccount(joao.id, storage.now)
        expect(await store.revise(deletion(message))).toEqual({ status: 'unknown' })
        expect(await newestPage(ana)).toEqual([message])
      })
    })

    describe('a reply', () => {
      test('has a reference to what it answers, also when that was deleted', async () => {
        const first = await say(store, joao, null, 'first')
        const replyTo = { messageId: first.messageId, position: first.position, from: joao }
        const reply = stored(await store.append({ ...draftOf(maria, null, 'reply'), replyTo }))
        expect(reply.replyTo).toEqual(replyTo)
        const quoting = stored(await store.append({ ...draftOf(ana, joao, 'in private'), replyTo }))
        expect(await newestPage(joao)).toEqual([first, reply, quoting])
        await store.revise(deletion(first))
        expect((await newestPage(joao)).map(message => message.replyTo)).toEqual([null, replyTo, replyTo])
        expect((await store.read(joao.id, first.position, 1)).entries).toEqual([reply])
        const edited = revised(await store.revise(edit(reply, 'reply, again')))
        expect(edited.message.replyTo).toEqual(replyTo)
        expect(revised(await store.revise(deletion(reply))).message.replyTo).toEqual(replyTo)
      })

      test('has none any more once what it answers was trimmed', async () => {
        const first = await say(store, joao, null, 'first')
        const replyTo = { messageId: first.messageId, position: first.position, from: joao }
        const reply = stored(await store.append({ ...draftOf(maria, null, 'reply'), replyTo }))
        await trimAll(store, { messages: 1 })
        expect(await newestPage(joao)).toEqual([{ ...reply, replyTo: null }])
      })
    })

    describe('a retry of a send', () => {
      test('answers with the latest text, and with the tombstone of what was deleted', async () => {
        const draft = draftOf(joao, maria, 'first', nonceOf('n'))
        const message = stored(await store.append(draft))
        const { message: edited } = revised(await store.revise(edit(message, 'second')))
        const retry = { ...draft, messageId: 'another' }
        expect(await store.append(retry)).toEqual({ status: 'stored', repeated: true, entry: edited })
        expect(await store.findNonce(joao.id, 'n')).toMatchObject({ entry: edited })
        const { message: tombstone } = revised(await store.revise(deletion(message)))
        expect(await store.append(retry)).toEqual({ status: 'stored', repeated: true, entry: tombstone })
        expect(await store.findNonce(joao.id, 'n')).toMatchObject({ entry: tombstone })
      })

      test('after the message was trimmed, never brings back what had been replaced', async () => {
        const drafts = ['kept', 'edited', 'deleted'].map(text => draftOf(joao, null, text, nonceOf(text)))
        const messages = (await Promise.all(drafts.map(draft => store.append(draft)))).map(stored)
        const [kept, edited, deleted] = messages as [MessageEntry, MessageEntry, MessageEntry]
        await store.revise(edit(edited, 'second', joao, AT))
        await store.revise(deletion(deleted, joao, AT + 1))
        await say(store, maria, null)
        await trimAll(store, { messages: 1 })
        const answers = await Promise.all(drafts.map(draft => store.append({ ...draft, messageId: 'another' })))
        const gone = { text: '', replyTo: null, ...UNREVISED }
        expect(answers.map(stored)).toMatchObject([
          kept,
          { ...edited, ...gone, deletedAt: AT },
          { ...deleted, ...gone, deletedAt: AT + 1 },
        ])
        expect(await store.findNonce(joao.id, 'kept')).toMatchObject({ entry: { ...kept, text: null } })
        expect(await store.findNonce(joao.id, 'edited')).toMatchObject({ entry: { text: '', deletedAt: AT } })
        expect(await store.findNonce(joao.id, 'deleted')).toMatchObject({ entry: { text: '', deletedAt: AT + 1 } })
      })
    })

    describe('trimming', () => {
      test('takes messages by their number; what revised them is read until it is trimmed itself, as deletions', async () => {
        const first = await say(store, joao, null, 'first')
        const secret = await say(store, joao, maria, 'secret')
        const a = revised(await store.revise(edit(first, 'second', joao, AT)))
        const b = revised(await store.revise(edit(secret, 'other', joao, AT + 1)))
        const last = await say(store, ana, null, 'last')
        expect(await trimAll(store, { messages: 1 })).toMatchObject({ removed: 2, floor: secret.position })
        const goneOf = ({ position, from, to, at, message }: RevisionEntry) => ({
          kind: 'deleted',
          position,
          from,
          to,
          at,
          message: { ...message, text: '', replyTo: null, editedAt: null, deletedAt: at, revised: position },
        })
        expect((await store.read(joao.id, secret.position, 10)).entries).toEqual([goneOf(a), goneOf(b), last])
        expect((await store.read(ana.id, first.position, 10)).entries).toEqual([goneOf(a), last])
        expect(await store.follow(secret.position, 10)).toEqual([goneOf(a), goneOf(b), last])
        expect(await store.newest(10)).toEqual([goneOf(a), goneOf(b), last])
        expect(await store.at(joao.id, a.position)).toEqual(goneOf(a))
        expect(await newestPage(joao)).toEqual([last])
        expect(await store.message(joao.id, first.messageId)).toBeNull()
        expect(await store.revise(edit(first, 'x'))).toEqual({ status: 'unknown' })
        expect(await store.revise(deletion(secret))).toEqual({ status: 'unknown' })

        // One more message goes, and with it what stands before it.
        await say(store, ana, null, 'newest')
        expect(await trimAll(store, { messages: 1 })).toMatchObject({ removed: 1, floor: last.position })
        expect((await store.read(joao.id, last.position, 10)).entries).toHaveLength(1)
        expect(await store.at(joao.id, a.position)).toBeNull()
        expect(await store.trimmed(maria.id)).toBe(last.position)
        expect((await store.read(joao.id, b.position, 10, 'PRIVATE')).trimmed).toBe(b.position)
        expect((await store.read(joao.id, b.position, 10, 'PUBLIC')).trimmed).toBe(last.position)
      })

      test('takes revisions by their age, also where no message is left', async () => {
        const message = await say(store, joao, maria, 'first')
        const entry = revised(await store.revise(edit(message, 'second')))
        expect(await trimAll(store, { olderThan: message.position })).toMatchObject({ removed: 1 })
        expect(store.head()).toBe(entry.position)
        await storage.reopen()
        expect(store.head()).toBe(entry.position)
        expect(await trimAll(store, { olderThan: entry.position })).toMatchObject({ removed: 0, floor: entry.position })
        expect(await store.newest(10)).toEqual([])
        expect(await store.trimmed(maria.id)).toBe(entry.position)
        expect(await store.trimmed(ana.id)).toBe(ORIGIN)
        await storage.reopen()
        expect(store.head()).toBe(entry.position)
        expect((await say(store, joao, null)).position).toBeGreaterThan(entry.position)
      })

      test('counts messages, not revisions', async () => {
        const first = await say(store, joao, null, 'first')
        for (let n = 0; n < 10; n++) await store.revise(edit(first, `${n}`))
        await say(store, joao, null, 'second')
        expect(await trimAll(store, { messages: 2 })).toMatchObject({ removed: 0, floor: ORIGIN })
        await say(store, joao, null, 'third')
        expect(await trimAll(store, { messages: 2 })).toMatchObject({ removed: 1, floor: first.position })
        expect((await newestPage(ana)).map(({ text }) => text)).toEqual(['second', 'third'])
      })
    })

    describe('the newest place of an account', () => {
      test('is that of the newest message or revision that it may see, up to a place', async () => {
        expect(await store.lastVisible(joao.id, store.head())).toBe(ORIGIN)
        const toMaria = await say(store, joao, maria, 'to maria')
        expect(await store.lastVisible(ana.id, store.head())).toBe(ORIGIN)
        const toAll = await say(store, joao, null, 'to all')
        const a = revised(await store.revise(edit(toMaria, 'x')))
        const b = revised(await store.revise(edit(toAll, 'y')))
        const c = revised(await store.revise(deletion(toMaria)))
        expect(await store.lastVisible(maria.id, store.head())).toBe(c.position)
        expect(await store.lastVisible(ana.id, store.head())).toBe(b.position)
        expect(await store.lastVisible(maria.id, c.position - 1)).toBe(b.position)
        expect(await store.lastVisible(maria.id, a.position)).toBe(a.position)
        expect(await store.lastVisible(ana.id, a.position)).toBe(toAll.position)
        await trimAll(store, { olderThan: c.position })
        expect(await store.lastVisible(maria.id, store.head())).toBe(c.position)
        expect(await store.lastVisible(ana.id, store.head())).toBe(b.position)
      })
    })

    test('whatever is sent, edited and deleted, every answer is that of a plain list', {
      timeout: PATIENCE_MS,
    }, async () => {
      type Step = { by: number; to: number | null; target: number; kind: 'send' | 'edited' | 'deleted' }
      const step: fc.Arbitrary<Step> = fc.record({
        by: fc.nat(2),
        to: fc.option(fc.nat(2)),
        target: fc.nat(30),
        kind: fc.constantFrom('send', 'send', 'edited', 'edited', 'deleted'),
      })
      const people = [joao, maria, ana]
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 7 }), async (steps, limit) => {
          await storage.renew()
          const claimed = await Promise.all(people.map(({ username }) => enter(store, username)))
          /** The model: messages by position, and the log as it would be read now. */
          const messages: MessageEntry[] = []
          const model: { position: Position; kind: Entry['kind']; index: number }[] = []
          for (const [n, { by, to, target, kind }] of steps.entries()) {
            const from = claimed[by] as AccountRef
            if (kind === 'send' || messages.length === 0) {
              const entry = await say(store, from, to === null ? null : (claimed[to] as AccountRef), `text ${n}`)
              model.push({ position: entry.position, kind: 'added', index: messages.length })
              messages.push(entry)
              continue
            }
            const index = target % messages.length
            const message = messages[index] as MessageEntry
            const text = kind === 'edited' ? `text ${n}` : ''
            const answer = await store.revise({ messageId: message.messageId, by: from.id, kind, text, at: AT + n })
            const isGone = message.deletedAt !== null
            if (!maySee(from.id, message) || (isGone && kind === 'edited')) expect(answer.status).toBe('unknown')
            else if (message.from.id !== from.id) expect(answer.status).toBe('not-author')
            else if (isGone) expect(answer).toEqual({ status: 'unchanged', message })
            else {
              const { position, message: now } = revised(answer)
              const at = kind === 'edited' ? { editedAt: AT + n } : { deletedAt: AT + n }
              messages[index] = { ...message, text, ...at, revised: position }
              expect(now).toEqual(messages[index])
              model.push({ position, kind, index })
            }
          }
          const expected = (viewer: string | null): Entry[] =>
            model
              .map(({ position, kind, index }): Entry => {
                const message = messages[index] as MessageEntry
                if (kind === 'added') return message
                const { from, to } = message
                const at = (log.find(entry => entry.position === position) as RevisionEntry).at
                return { kind, position, from, to, at, message }
              })
              .filter(entry => viewer === null || maySee(viewer, entry))
          expect(await store.newest(1_000)).toEqual(expected(null))
          expect(await store.newest(limit)).toEqual(expected(null).slice(-limit))
          for (const { id } of claimed) {
            const found: Entry[] = []
            let after: Position = ORIGIN
            while (after < store.head()) {
              const { entries, through } = await store.read(id, after, limit)
              found.push(...entries)
              after = through
            }
            expect(found).toEqual(expected(id))
            const page = await store.page({ viewer: id, scope: 'ALL', limit: 100 })
            expect(page.entries).toEqual(messages.filter(message => maySee(id, message)))
            expect(await store.lastVisible(id, store.head())).toBe(expected(id).at(-1)?.position ?? ORIGIN)
          }
        }),
        { numRuns: 15 },
      )
    })
  })
}
