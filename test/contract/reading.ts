// The contract of server/store/conversations.ts as tests: how far accounts have read, and their conversations. The same suite
// runs against every store, as store.ts beside this file.
import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import type { AccountRef, Entry, MessageEntry, Position } from '../../server/domain/entry.ts'
import {
  type Conversation,
  type ConversationsQuery,
  READ_POSITIONS_MOST,
  UNREAD_LOOKED_AT,
  UNREAD_MOST,
} from '../../server/store/conversations.ts'
import type { Store } from '../../server/store/store.ts'
import { openEach, type StoreFixture } from './fixture.ts'
import { trimAll } from './retention.ts'
import { claimOf, enter, enterThree, PATIENCE_MS, say } from './store.ts'

const PEOPLE = ['ana', 'bia', 'cleo', 'davi'] as const

/** What the list of conversations means, on all that was stored: `noted` by peer id, '' for everyone. */
export function conversationsOf(
  log: readonly MessageEntry[],
  { viewer, before = Number.POSITIVE_INFINITY, limit }: ConversationsQuery,
  noted: ReadonlyMap<string, Position>,
  from: Position,
): Conversation[] {
  const newest = new Map<string, { peer: AccountRef | null; latest: MessageEntry | null }>([
    ['', { peer: null, latest: null }],
  ])
  const others = new Map<string, Position[]>()
  for (const entry of log) {
    if (entry.to !== null && entry.from.id !== viewer && entry.to.id !== viewer) continue
    const peer = entry.to === null ? null : entry.from.id === viewer ? entry.to : entry.from
    const key = peer?.id ?? ''
    newest.set(key, { peer, latest: entry })
    if (entry.from.id !== viewer) others.set(key, [...(others.get(key) ?? []), entry.position])
  }
  return [...newest]
    .map(([key, { peer, latest }]) => {
      const readUpTo = noted.get(key) ?? null
      const after = Math.max(readUpTo ?? 0, from)
      const unread = (others.get(key) ?? []).filter(position => position > after).length
      return { peer, latest, readUpTo, unread: Math.min(unread, UNREAD_MOST) }
    })
    .filter(({ latest }) => (latest?.position ?? 0) < before)
    .sort((a, b) => (b.latest?.position ?? 0) - (a.latest?.position ?? 0))
    .slice(0, limit)
}

export function describeReading(name: string, create: () => Promise<StoreFixture>): void {
  describe(`store contract, reading: ${name}`, () => {
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

    const sent = (): MessageEntry[] => log.filter(entry => entry.kind === 'added')
    const listOf = (viewer: AccountRef, limit = 100) => store.conversations({ viewer: viewer.id, limit })
    async function unread(viewer: AccountRef, peer: AccountRef | null): Promise<number | undefined> {
      return (await listOf(viewer)).find(conversation => conversation.peer?.id === peer?.id)?.unread
    }

    describe('read positions', () => {
      test('one for each conversation, the newest first, as they are noted, also after a restart', async () => {
        expect(await store.readPositions(joao.id)).toEqual([])
        expect(await store.markRead(joao.id, null, 1_000)).toEqual({ position: 1_000, moved: true })
        expect(await store.markRead(joao.id, maria, 3_000)).toEqual({ position: 3_000, moved: true })
        expect(await store.markRead(joao.id, joao, 2_000)).toEqual({ position: 2_000, moved: true })
        const noted = [
          { peer: maria, position: 3_000 },
          { peer: joao, position: 2_000 },
          { peer: null, position: 1_000 },
        ]
        expect(await store.readPositions(joao.id)).toEqual(noted)
        await storage.reopen()
        expect(await store.readPositions(joao.id)).toEqual(noted)
      })

      test('they move forward only, whatever the order and however many at once', async () => {
        await store.markRead(joao.id, maria, 500)
        expect(await store.markRead(joao.id, maria, 400)).toEqual({ position: 500, moved: false })
        expect(await store.markRead(joao.id, maria, 500)).toEqual({ position: 500, moved: false })
        const answers = await Promise.all(
          [700, 900, 600, 800, 900].map(position => store.markRead(joao.id, maria, position)),
        )
        expect(answers.map(answer => answer?.position)).toEqual([700, 900, 900, 900, 900])
        expect(answers.map(answer => answer?.moved)).toEqual([true, true, false, false, false])
        expect(await store.readPositions(joao.id)).toEqual([{ peer: maria, position: 900 }])
      })

      test('positions of today, which are large, keep every digit', async () => {
        const position = 1_700_000_000_000_123 + 1_000_001
        await store.markRead(joao.id, null, position)
        expect(await store.markRead(joao.id, null, position - 1)).toEqual({ position, moved: false })
        expect(await store.markRead(joao.id, null, position + 1)).toEqual({ position: position + 1, moved: true })
        expect(await store.readPositions(joao.id)).toEqual([{ peer: null, position: position + 1 }])
      })

      test('each account has its own', async () => {
        await store.markRead(joao.id, maria, 1_000)
        await store.markRead(maria.id, joao, 2_000)
        expect(await store.readPositions(joao.id)).toEqual([{ peer: maria, position: 1_000 }])
        expect(await store.readPositions(maria.id)).toEqual([{ peer: joao, position: 2_000 }])
        expect(await store.readPositions(ana.id)).toEqual([])
        expect(await store.readPositions('nobody')).toEqual([])
      })

      test('those of an account go with it; those of others about it stay', async () => {
        await store.markRead(joao.id, null, 1_000)
        await store.markRead(maria.id, joao, 2_000)
        await store.deleteAccount(joao.id, 5_000)
        expect(await store.readPositions(joao.id)).toEqual([])
        expect(await store.markRead(joao.id, null, 3_000)).toBeNull()
        expect(await store.markRead('nobody', null, 3_000)).toBeNull()
        expect(await store.readPositions(joao.id)).toEqual([])
        expect(await listOf(joao)).toEqual([])
        expect(await store.readPositions(maria.id)).toEqual([{ peer: joao, position: 2_000 }])
        expect(await store.markRead(maria.id, joao, 4_000)).toEqual({ position: 4_000, moved: true })
        const next = await enter(store, 'joao')
        expect(await store.readPositions(next.id)).toEqual([])
      })

      test('the newest of them, where there are very many', async () => {
        const peers = await Promise.all(
          Array.from({ length: READ_POSITIONS_MOST + 5 }, async (_, n) => {
            const { id, username } = claimOf(`p${n}`)
            await store.claim({ ...claimOf(`p${n}`), id })
            return { id, username }
          }),
        )
        await Promise.all(peers.map((peer, n) => store.markRead(joao.id, peer, 1_000 + n)))
        const positions = await store.readPositions(joao.id)
        expect(positions).toEqual(
          peers
            .map((peer, n) => ({ peer, position: 1_000 + n }))
            .toReversed()
            .slice(0, READ_POSITIONS_MOST),
        )
      })
    })

    describe('conversations', () => {
      test('everyone’s is there from the beginning, and the last as long as nobody has said anything', async () => {
        const everyone = { peer: null, latest: null, readUpTo: null, unread: 0 }
        expect(await listOf(joao)).toEqual([everyone])
        const hello = await say(store, maria, joao)
        expect(await listOf(joao)).toEqual([{ peer: maria, latest: hello, readUpTo: null, unread: 1 }, everyone])
        expect(await listOf(ana)).toEqual([everyone])
        expect(await store.conversations({ viewer: joao.id, limit: 1 })).toHaveLength(1)
        expect(await store.conversations({ viewer: joao.id, limit: 5, before: hello.position })).toEqual([everyone])
        expect(await store.conversations({ viewer: 'nobody', limit: 5 })).toEqual([])
      })

      test('the one with the newest message comes first, each once; notes to oneself are one', async () => {
        await say(store, joao, maria)
        await say(store, ana, joao)
        await say(store, joao, joao)
        await say(store, joao, null)
        const answer = await say(store, maria, joao)
        const list = await listOf(joao)
        expect(list.map(({ peer }) => peer?.username ?? null)).toEqual(['maria', null, 'joao', 'ana'])
        expect(list[0]?.latest).toEqual(answer)
        expect((await listOf(maria)).map(({ peer }) => peer?.username ?? null)).toEqual(['joao', null])
        await say(store, joao, ana)
        expect((await listOf(joao)).map(({ peer }) => peer?.username ?? null)).toEqual(['ana', 'maria', null, 'joao'])
      })

      test('page by page, before the newest message of the last one, all of them', async () => {
        const peers: AccountRef[] = []
        for (let n = 0; n < 23; n++) {
          const peer = await enter(store, `peer${n}`)
          peers.push(peer)
          await say(store, n % 2 ? joao : peer, n % 2 ? peer : joao)
          await say(store, peer, n % 3 ? joao : null)
        }
        const seen: Conversation[] = []
        let before: Position | undefined
        for (;;) {
          const page = await store.conversations({ viewer: joao.id, limit: 5, ...(before ? { before } : {}) })
          seen.push(...page)
          const last = page.at(-1)?.latest
          if (page.length < 5 || !last) break
          before = last.position
        }
        expect(seen).toHaveLength(24)
        expect(seen).toEqual(
          conversationsOf(sent(), { viewer: joao.id, limit: 100 }, new Map(), storage.now * 1_000 - 1),
        )
      })

      test('one with an account that was deleted stays, under its id', async () => {
        const secret = await say(store, maria, joao)
        await store.deleteAccount(maria.id, 5_000)
        const next = await enter(store, 'maria')
        expect((await listOf(joao))[0]).toEqual({ peer: maria, latest: secret, readUpTo: null, unread: 1 })
        expect((await listOf(next)).map(({ peer }) => peer)).toEqual([null])
      })

      test('one whose messages were all trimmed is no more; of another the newest that is left is shown', async () => {
        await say(store, maria, joao)
        const first = await say(store, joao, ana)
        await say(store, maria, null)
        expect(await listOf(joao)).toHaveLength(3)
        const last = await say(store, ana, joao)
        await store.markRead(joao.id, maria, first.position)
        await store.markRead(joao.id, ana, first.position)
        await trimAll(store, { olderThan: last.position - 1 })
        for (let round = 0; round < 2; round++) {
          expect(await listOf(joao)).toEqual([
            { peer: ana, latest: last, readUpTo: first.position, unread: 1 },
            { peer: null, latest: null, readUpTo: null, unread: 0 },
          ])
          await storage.reopen()
        }
        const again = await say(store, maria, joao)
        expect((await listOf(joao))[0]).toEqual({ peer: maria, latest: again, readUpTo: first.position, unread: 1 })
      })
    })

    describe('what is unread', () => {
      test('deleted messages are not, also where they had been counted; edited ones are, once', async () => {
        // So many that a store may keep what it counted.
        const texts = Array.from({ length: 30 }, () => 'oi')
        for (const to of [null, joao]) for (const _ of texts) await say(store, maria, to)
        expect([await unread(joao, null), await unread(joao, maria)]).toEqual([30, 30])
        const [inPublic, inPrivate] = [sent()[5] as MessageEntry, sent()[40] as MessageEntry]
        for (const { messageId } of [inPublic, inPrivate]) {
          const change = { messageId, by: maria.id, at: storage.now }
          await store.revise({ ...change, kind: 'edited', text: 'olá' })
          expect([await unread(joao, null), await unread(joao, maria)]).toContain(30)
          await store.revise({ ...change, kind: 'deleted', text: '' })
        }
        expect([await unread(joao, null), await unread(joao, maria)]).toEqual([29, 29])
        expect((await listOf(joao))[0]?.latest).toMatchObject({ kind: 'added', text: 'oi' })
      })

      test('what others wrote after the position, not one’s own', async () => {
        await say(store, maria, null)
        const second = await say(store, maria, null)
        await say(store, joao, null)
        await say(store, ana, null)
        await say(store, maria, joao)
        await say(store, joao, maria)
        expect(await unread(joao, null)).toBe(3)
        expect(await unread(joao, maria)).toBe(1)
        await store.markRead(joao.id, null, second.position)
        expect(await unread(joao, null)).toBe(1)
        expect(await unread(joao, maria)).toBe(1)
        await store.markRead(joao.id, null, store.head())
        expect(await unread(joao, null)).toBe(0)
        expect(await unread(maria, null)).toBe(2)
        await say(store, joao, joao)
        expect(await unread(joao, joao)).toBe(0)
      })

      test('for a newcomer, what was written since; also where something older was marked', async () => {
        const old = await say(store, maria, null)
        await say(store, maria, null)
        storage.now += 10
        const claim = claimOf('newcomer', { createdAt: storage.now })
        await store.claim(claim)
        const newcomer = { id: claim.id, username: 'newcomer' }
        expect(await unread(newcomer, null)).toBe(0)
        storage.now += 10
        await say(store, maria, null)
        expect(await unread(newcomer, null)).toBe(1)
        await store.markRead(newcomer.id, null, old.position)
        expect(await unread(newcomer, null)).toBe(1)
        await store.markRead(newcomer.id, null, store.head())
        expect(await unread(newcomer, null)).toBe(0)
      })

      test('counting stops at a thousand, in each conversation', async () => {
        const count = UNREAD_MOST + 3
        await Promise.all(
          Array.from({ length: count }, () => [say(store, maria, null), say(store, maria, joao)]).flat(),
        )
        expect(await unread(joao, null)).toBe(UNREAD_MOST)
        expect(await unread(joao, maria)).toBe(UNREAD_MOST)
        expect(await unread(maria, null)).toBe(0)
        await store.markRead(joao.id, maria, sent().filter(({ to }) => to !== null)[3]?.position ?? 0)
        expect(await unread(joao, maria)).toBe(UNREAD_MOST - 1)
      })

      test('looking stops too: behind thousands of one’s own, what is older is not looked for', async () => {
        await say(store, maria, joao)
        await Promise.all(Array.from({ length: UNREAD_LOOKED_AT - 1 }, () => say(store, joao, maria)))
        expect(await unread(joao, maria)).toBe(1)
        await say(store, joao, maria)
        // What was counted before may be remembered.
        expect(await unread(joao, maria)).toBeLessThanOrEqual(1)
        await store.markRead(joao.id, maria, 1_000_001)
        expect(await unread(joao, maria)).toBe(0)
      })

      test('counted again after more was said, as when it is counted for the first time', async () => {
        const counts = [0, 30, 1, 500, 0, 470, 300]
        let sum = 0
        for (const count of counts) {
          await Promise.all(
            Array.from({ length: count }, () => [say(store, maria, joao), say(store, maria, null)]).flat(),
          )
          await say(store, joao, maria)
          await say(store, joao, null)
          sum += count
          expect([sum, await unread(joao, maria)]).toEqual([sum, Math.min(sum, UNREAD_MOST)])
          expect([sum, await unread(joao, null)]).toEqual([sum, Math.min(sum, UNREAD_MOST)])
        }
        const tenth = sent()
          .filter(({ to, from }) => to !== null && from.id === maria.id)
          .at(-10)
        await store.markRead(joao.id, maria, tenth?.position ?? 0)
        expect(await unread(joao, maria)).toBe(9)
        expect(await unread(joao, null)).toBe(UNREAD_MOST)
      })
    })

    test('anything that accounts do with each other comes to what a list of all messages says', {
      timeout: PATIENCE_MS,
    }, async () => {
      const step = fc.oneof(
        fc.record({
          kind: fc.constant('say' as const),
          from: fc.nat({ max: 3 }),
          to: fc.option(fc.nat({ max: 3 })),
        }),
        fc.record({
          kind: fc.constant('mark' as const),
          from: fc.nat({ max: 3 }),
          to: fc.option(fc.nat({ max: 3 })),
          entry: fc.nat({ max: 60 }),
        }),
        fc.record({ kind: fc.constant('trim' as const), entry: fc.nat({ max: 30 }) }),
        fc.record({
          kind: fc.constant('look' as const),
          from: fc.nat({ max: 3 }),
          limit: fc.integer({ min: 1, max: 6 }),
        }),
      )
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async steps => {
          const own = await create()
          let all: MessageEntry[] = []
          const committed = (entries: readonly Entry[]) =>
            void all.push(...entries.filter(entry => entry.kind === 'added'))
          const model = await own.open({ committed }, () => storage.now)
          try {
            const people: AccountRef[] = []
            for (const person of PEOPLE) people.push(await enter(model, person))
            const noted = people.map(() => new Map<string, Position>())
            const account = (n: number): AccountRef => people[n] as AccountRef
            for (const each of [...steps, ...people.map((_, from) => ({ kind: 'look' as const, from, limit: 9 }))]) {
              if (each.kind === 'say') {
                await say(model, account(each.from), each.to === null ? null : account(each.to))
              } else if (each.kind === 'trim') {
                const { position } = all[each.entry] ?? {}
                if (position === undefined) continue
                await trimAll(model, { olderThan: position })
                all = all.filter(entry => entry.position > position)
              } else if (each.kind === 'mark') {
                const position = all[each.entry % (all.length || 1)]?.position ?? 5
                const peer = each.to === null ? null : account(each.to)
                const before = noted[each.from]?.get(peer?.id ?? '') ?? 0
                expect(await model.markRead(account(each.from).id, peer, position)).toEqual({
                  position: Math.max(before, position),
                  moved: position > before,
                })
                noted[each.from]?.set(peer?.id ?? '', Math.max(before, position))
              } else {
                const viewer = account(each.from).id
                const mine = noted[each.from] as Map<string, Position>
                for (const edge of [{}, { before: all[Math.floor(all.length / 2)]?.position ?? 1 }]) {
                  const query = { viewer, limit: each.limit, ...edge }
                  expect(await model.conversations(query)).toEqual(conversationsOf(all, query, mine, 1_000_000))
                }
                const positions = await model.readPositions(viewer)
                expect(new Map(positions.map(({ peer, position }) => [peer?.id ?? '', position]))).toEqual(mine)
              }
            }
          } finally {
            await model.close()
            await own.dispose()
          }
        }),
        { numRuns: 15 },
      )
    })
  })
}
