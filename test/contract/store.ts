// The contract of server/store/store.ts as tests: the same suite runs against every store. `describeStore` takes the
// store's name and what makes an empty one (fixture.ts).
import { randomBytes, randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type AccountRef,
  type Entry,
  type MessageEntry,
  maySee,
  messageOf,
  ORIGIN,
  type Position,
  type Scope,
  UNREVISED,
} from '../../server/domain/entry.ts'
import { Refusal } from '../../server/domain/errors.ts'
import type { Appended, Claim, Draft, Nonce, PageQuery, SessionRow, Store } from '../../server/store/store.ts'
import { openEach, type StoreFixture } from './fixture.ts'

/** For what opens a store for each of many histories: on a machine that has much else to do. */
export const PATIENCE_MS = 240_000
const HOUR = 3_600_000
const DIGEST = new Uint8Array(32).fill(7)

export function claimOf(username: string, more: Partial<Claim> = {}): Claim {
  const id = randomUUID()
  return { id, username, key: username, skeleton: username, passwordHash: null, createdAt: 1_000, ...more }
}

export function draftOf(from: AccountRef, to: AccountRef | null, text = 'oi', nonce: Nonce | null = null): Draft {
  return { messageId: randomUUID(), from, to, text, sentAt: 1_700_000_000_000, replyTo: null, nonce }
}

export const nonceOf = (key: string, digest: Uint8Array = DIGEST): Nonce => ({ key, digest })

export function sessionOf(account: AccountRef, more: Partial<SessionRow> = {}): SessionRow {
  return {
    id: randomUUID(),
    tokenHash: new Uint8Array(randomBytes(32)),
    accountId: account.id,
    device: 'Firefox · Linux',
    createdAt: 1_000,
    lastUsedAt: 1_000,
    expiresAt: 2_000,
    ...more,
  }
}

/** Claims a name and answers with the account. */
export async function enter(store: Store, username: string): Promise<AccountRef> {
  const claim = claimOf(username)
  expect(await store.claim(claim)).toBe('claimed')
  return { id: claim.id, username }
}

/** Three people who are there from the beginning. */
export async function enterThree(store: Store): Promise<Record<'joao' | 'maria' | 'ana', AccountRef>> {
  const joao = await enter(store, 'joao')
  const maria = await enter(store, 'maria')
  return { joao, maria, ana: await enter(store, 'ana') }
}

export function stored(appended: Appended): MessageEntry {
  if (appended.status !== 'stored') throw new Error(`expected a stored message, got ${JSON.stringify(appended)}`)
  return appended.entry
}

export async function say(store: Store, from: AccountRef, to: AccountRef | null, text = 'oi'): Promise<MessageEntry> {
  return stored(await store.append(draftOf(from, to, text)))
}

export function describeStore(name: string, create: () => Promise<StoreFixture>): void {
  describe(`store contract: ${name}`, () => {
    let store: Store
    let committed: Entry[]
    const storage = openEach(create, opened => {
      ;({ store, log: committed } = opened)
    })

    describe('the log', () => {
      test('an empty log has a named history, a secret, and its head at the origin', async () => {
        expect(store.epoch).toMatch(/^[0-9a-z]{8}$/)
        expect(store.secret).toHaveLength(32)
        expect(store.head()).toBe(ORIGIN)
        expect(await store.newest(10)).toEqual([])
        expect(await store.read('nobody', ORIGIN, 10)).toEqual({ entries: [], through: ORIGIN, trimmed: ORIGIN })
        expect(await store.page({ viewer: 'nobody', scope: 'ALL', limit: 10 })).toEqual({
          entries: [],
          hasPrevious: false,
          hasNext: false,
          trimmed: ORIGIN,
        })
      })

      test('two histories have different names and secrets', async () => {
        const { epoch, secret } = store
        const another = await create()
        const other = await another.open({ committed() {} }, () => storage.now)
        expect(other.epoch).not.toBe(epoch)
        expect(Buffer.compare(other.secret, secret)).not.toBe(0)
        await other.close()
        await another.dispose()
      })

      test('an append answers with the entry as every reader gets it', async () => {
        const joao = await enter(store, 'joao')
        const maria = await enter(store, 'maria')
        const draft = draftOf(joao, maria, 'olá,\n\t“maria” 👩‍👩‍👧 \u202e e \u0301')
        const appended = await store.append(draft)
        const entry = stored(appended)
        expect(appended).toEqual({ status: 'stored', repeated: false, entry })
        expect(entry).toEqual({
          kind: 'added',
          position: entry.position,
          messageId: draft.messageId,
          from: joao,
          to: maria,
          text: draft.text,
          sentAt: draft.sentAt,
          replyTo: null,
          ...UNREVISED,
        })
        expect(store.head()).toBe(entry.position)
        expect(await store.at(maria.id, entry.position)).toEqual(entry)
        expect((await store.read(joao.id, ORIGIN, 10)).entries).toEqual([entry])
        expect((await store.page({ viewer: maria.id, scope: 'ALL', limit: 10 })).entries).toEqual([entry])
        expect(await store.newest(10)).toEqual([entry])
      })

      test('the longest text comes back as it was', async () => {
        const joao = await enter(store, 'joao')
        const text = '😀'.repeat(4_000)
        const { position } = await say(store, joao, null, text)
        expect(await store.at(joao.id, position)).toMatchObject({ text })
      })

      test('what is committed is told once, in order, before its append resolves', async () => {
        const joao = await enter(store, 'joao')
        const toldWhenResolved = await Promise.all(
          Array.from({ length: 2_500 }, async (_, n) => {
            const entry = await say(store, joao, null, `${n}`)
            return committed.some(({ position }) => position === entry.position) && store.head() >= entry.position
          }),
        )
        expect(toldWhenResolved.every(told => told)).toBe(true)
        expect(committed.map(entry => messageOf(entry).text)).toEqual(Array.from({ length: 2_500 }, (_, n) => `${n}`))
        expect(await store.newest(3_000)).toEqual(committed)
        for (const [n, { position }] of committed.entries()) {
          expect(position).toBeGreaterThan(committed[n - 1]?.position ?? ORIGIN)
        }
      })

      test('an acknowledged message is in every read that begins afterwards', async () => {
        const joao = await enter(store, 'joao')
        for (let n = 0; n < 200; n++) {
          const { position } = await say(store, joao, null)
          const [at, read] = await Promise.all([store.at(joao.id, position), store.read(joao.id, position - 1, 1)])
          expect(at?.position).toBe(position)
          expect(read.entries).toHaveLength(1)
        }
      })

      test('positions are microseconds of the clock, a small random stride apart', async () => {
        const joao = await enter(store, 'joao')
        const entries = await Promise.all(Array.from({ length: 100 }, () => say(store, joao, null)))
        const strides = entries.map(({ position }, n) => position - (entries[n - 1]?.position ?? storage.now * 1_000))
        expect(Math.min(...strides)).toBeGreaterThanOrEqual(1)
        expect(Math.max(...strides)).toBeLessThanOrEqual(256)
        expect(new Set(strides).size).toBeGreaterThan(10)
        storage.now += HOUR
        const { position } = await say(store, joao, null)
        expect(position - storage.now * 1_000).toBeGreaterThanOrEqual(1)
        expect(position - storage.now * 1_000).toBeLessThanOrEqual(256)
      })

      test('a clock that is set back an hour changes no order', async () => {
        const joao = await enter(store, 'joao')
        const before = await say(store, joao, null)
        storage.now -= HOUR
        const after = await say(store, joao, null)
        await storage.reopen()
        const later = await say(store, joao, null)
        expect(after.position).toBeGreaterThan(before.position)
        expect(later.position).toBeGreaterThan(after.position)
      })

      test('a message that cannot be stored fails alone, as a defect', async () => {
        const joao = await enter(store, 'joao')
        const maria = await enter(store, 'maria')
        const first = draftOf(joao, null)
        const twin = { ...draftOf(joao, maria, 'twin', nonceOf('twin')), messageId: first.messageId }
        const results = await Promise.allSettled(
          [first, draftOf(joao, null, 'before'), twin, draftOf(joao, null, 'after')].map(draft => store.append(draft)),
        )
        expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
        const [, , failed] = results
        expect(failed?.status === 'rejected' && failed.reason).toBeInstanceOf(Error)
        expect(failed?.status === 'rejected' && failed.reason).not.toBeInstanceOf(Refusal)
        expect(committed.map(entry => messageOf(entry).text)).toEqual(['oi', 'before', 'after'])
        expect(await store.newest(10)).toEqual(committed)
        expect(await store.findNonce(joao.id, 'twin')).toBeNull()
        expect((await store.page({ viewer: maria.id, scope: 'PRIVATE', limit: 10 })).entries).toEqual([])
      })

      test('what was stored is there after a restart', async () => {
        const joao = await enter(store, 'joao')
        const maria = await enter(store, 'maria')
        const session = sessionOf(joao)
        await store.createSession(session)
        const entry = stored(await store.append(draftOf(joao, maria, 'oi', nonceOf('n'))))
        const { epoch, secret } = store
        await storage.reopen()
        expect(store.epoch).toBe(epoch)
        expect(store.secret).toEqual(secret)
        expect(store.head()).toBe(entry.position)
        expect(await store.newest(10)).toEqual([entry])
        expect((await store.findSession(session.tokenHash, 1_500))?.account.id).toBe(joao.id)
        expect(await store.append(draftOf(joao, maria, 'oi', nonceOf('n')))).toEqual({
          status: 'stored',
          repeated: true,
          entry,
        })
        expect(committed).toEqual([entry])
      })

      test('closing finishes what was accepted; afterwards every call is refused', async () => {
        const joao = await enter(store, 'joao')
        const sent = Array.from({ length: 50 }, () => say(store, joao, null))
        const read = store.read(joao.id, ORIGIN, 10)
        const closed = store.close()
        await Promise.all([...sent, read, closed, store.close()])
        expect(committed).toHaveLength(50)
        const refused = [
          store.append(draftOf(joao, null)),
          store.newest(1),
          store.claim(claimOf('ana')),
          store.accountById(joao.id),
        ]
        for (const call of refused) await expect(call).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
      })
    })

    describe('nonces', () => {
      test('the same nonce answers with the first message and appends nothing', async () => {
        const joao = await enter(store, 'joao')
        const first = stored(await store.append(draftOf(joao, null, 'once', nonceOf('n'))))
        const again = await store.append(draftOf(joao, null, 'ignored', nonceOf('n')))
        expect(again).toEqual({ status: 'stored', repeated: true, entry: first })
        expect(await store.newest(10)).toEqual([first])
        expect(committed).toEqual([first])
        expect(await store.findNonce(joao.id, 'n')).toEqual({ entry: first, digest: DIGEST })
      })

      test('sends at the same time with one nonce are one message', async () => {
        const joao = await enter(store, 'joao')
        const answers = await Promise.all(
          Array.from({ length: 20 }, () => store.append(draftOf(joao, null, 'once', nonceOf('n')))),
        )
        expect(new Set(answers.map(answer => stored(answer).messageId)).size).toBe(1)
        expect(answers.filter(answer => answer.status === 'stored' && !answer.repeated)).toHaveLength(1)
        expect(committed).toHaveLength(1)
        expect(await store.newest(10)).toEqual(committed)
      })

      test('another digest is another send, and is refused', async () => {
        const joao = await enter(store, 'joao')
        const other = nonceOf('n', new Uint8Array(32).fill(8))
        const together = await Promise.all([
          store.append(draftOf(joao, null, 'once', nonceOf('n'))),
          store.append(draftOf(joao, null, 'other', other)),
        ])
        expect(together.map(({ status }) => status)).toEqual(['stored', 'nonce-reused'])
        expect(await store.append(draftOf(joao, null, 'other', other))).toEqual({ status: 'nonce-reused' })
        expect(committed).toHaveLength(1)
      })

      test('a nonce belongs to one account, and is compared exactly', async () => {
        const joao = await enter(store, 'joao')
        const maria = await enter(store, 'maria')
        const long = 'x'.repeat(140)
        const keys = ['n', 'N', 'n ', long, `${long.slice(1)}y`, '__proto__', '\u00e9', 'e\u0301']
        for (const from of [joao, maria]) {
          for (const key of keys) {
            expect(await store.append(draftOf(from, null, key, nonceOf(key)))).toMatchObject({ repeated: false })
          }
        }
        expect(committed).toHaveLength(2 * keys.length)
        expect((await store.findNonce(maria.id, long))?.entry.from).toEqual(maria)
        expect(await store.findNonce(maria.id, 'unused')).toBeNull()
        expect(await store.findNonce('nobody', 'n')).toBeNull()
      })

      test('a retry is answered although the recipient has been deleted meanwhile', async () => {
        const joao = await enter(store, 'joao')
        const maria = await enter(store, 'maria')
        const first = stored(await store.append(draftOf(joao, maria, 'oi', nonceOf('n'))))
        await store.deleteAccount(maria.id, 5_000)
        expect(await store.append(draftOf(joao, maria, 'oi', nonceOf('n')))).toEqual({
          status: 'stored',
          repeated: true,
          entry: first,
        })
      })
    })

    describe('who sees what', () => {
      test('a private message is seen by its two people only, by every way of reading', async () => {
        const joao = await enter(store, 'joao')
        const maria = await enter(store, 'maria')
        const ana = await enter(store, 'ana')
        const secret = await say(store, maria, joao, 'segredo')
        for (const viewer of [joao.id, maria.id]) {
          expect(await store.at(viewer, secret.position)).toEqual(secret)
          expect((await store.read(viewer, ORIGIN, 10)).entries).toEqual([secret])
          expect((await store.page({ viewer, scope: 'PRIVATE', limit: 10 })).entries).toEqual([secret])
          expect((await store.page({ viewer, scope: 'PUBLIC', limit: 10 })).entries).toEqual([])
        }
        for (const viewer of [ana.id, 'nobody', '']) {
          expect(await store.at(viewer, secret.position)).toBeNull()
          expect((await store.read(viewer, ORIGIN, 10)).entries).toEqual([])
          for (const other of [undefined, joao.id, maria.id]) {
            for (const scope of ['ALL', 'PUBLIC', 'PRIVATE'] as const) {
              const query = { viewer, scope, limit: 10 }
              const page = await store.page(other === undefined ? query : { ...query, with: other })
              expect(page).toEqual({ entries: [], hasPrevious: false, hasNext: false, trimmed: ORIGIN })
            }
          }
        }
      })

      test('no position but those of visible entries has an entry', async () => {
        const joao = await enter(store, 'joao')
        const { position } = await say(store, joao, null)
        for (const other of [ORIGIN, position - 1, position + 1, Number.MAX_SAFE_INTEGER]) {
          expect(await store.at(joao.id, other)).toBeNull()
        }
      })

      test('a note to oneself is seen once', async () => {
        const joao = await enter(store, 'joao')
        const note = await say(store, joao, joao, 'comprar pão')
        expect((await store.read(joao.id, ORIGIN, 10)).entries).toEqual([note])
        const page = await store.page({ viewer: joao.id, scope: 'PRIVATE', with: joao.id, limit: 10 })
        expect(page.entries).toEqual([note])
      })

      test('a private conversation is private: `with` and the public scope have nothing in common', async () => {
        const joao = await enter(store, 'joao')
        const maria = await enter(store, 'maria')
        await say(store, joao, maria)
        await say(store, maria, null)
        const page = await store.page({ viewer: joao.id, scope: 'PUBLIC', with: maria.id, limit: 10 })
        expect(page).toEqual({ entries: [], hasPrevious: false, hasNext: false, trimmed: ORIGIN })
      })

      test('a read stops at its limit and goes on from `through`', async () => {
        const joao = await enter(store, 'joao')
        const maria = await enter(store, 'maria')
        const ana = await enter(store, 'ana')
        for (let n = 0; n < 30; n++) await say(store, joao, [null, maria, ana][n % 3] ?? null)
        const hidden = await say(store, joao, ana)
        const seen: Entry[] = []
        let after: Position = ORIGIN
        for (;;) {
          const stretch = await store.read(maria.id, after, 7)
          seen.push(...stretch.entries)
          if (stretch.entries.length < 7) {
            expect(stretch.through).toBe(hidden.position)
            break
          }
          expect(stretch.through).toBe(stretch.entries.at(-1)?.position)
          after = stretch.through
        }
        expect(seen).toEqual(committed.filter(entry => maySee(maria.id, entry)))
        const beyond = hidden.position + 1_000
        expect(await store.read(maria.id, beyond, 7)).toEqual({ entries: [], through: beyond, trimmed: ORIGIN })
      })

      test('the newest entries fill a tail, whoever may see them', async () => {
        const joao = await enter(store, 'joao')
        const maria = await enter(store, 'maria')
        for (let n = 0; n < 10; n++) await say(store, joao, n % 2 ? null : maria, `${n}`)
        expect(await store.newest(3)).toEqual(committed.slice(-3))
      })

      test('reads and pages of random histories are those of a list in memory', { timeout: PATIENCE_MS }, async () => {
        const people = ['ana', 'joao', 'maria', 'zé']
        const messages = fc.array(
          fc.record({ from: fc.nat(3), to: fc.option(fc.nat(3), { freq: 2 }), wait: fc.nat(2) }),
          { maxLength: 40 },
        )
        const queries = fc.array(
          fc.record({
            viewer: fc.nat(3),
            scope: fc.constantFrom<Scope>('ALL', 'PUBLIC', 'PRIVATE'),
            with: fc.option(fc.nat(3), { nil: undefined }),
            edge: fc.constantFrom<'after' | 'before' | 'newest'>('after', 'before', 'newest'),
            entry: fc.nat(40),
            offset: fc.integer({ min: -1, max: 1 }),
            limit: fc.integer({ min: 1, max: 12 }),
          }),
          { minLength: 40, maxLength: 120 },
        )
        await fc.assert(
          fc.asyncProperty(messages, queries, async (history, questions) => {
            const own = await create()
            const log: Entry[] = []
            const model = await own.open({ committed: entries => void log.push(...entries) }, () => storage.now)
            try {
              const accounts: AccountRef[] = []
              for (const person of people) accounts.push(await enter(model, person))
              const account = (n: number): AccountRef => accounts[n] ?? { id: 'nobody', username: '' }
              await Promise.all(
                history.map(async ({ from, to, wait }) => {
                  storage.now += wait
                  await model.append(draftOf(account(from), to === null ? null : account(to)))
                }),
              )
              expect(log).toHaveLength(history.length)
              for (const question of questions) {
                const viewer = account(question.viewer).id
                const visible = log.filter(entry => maySee(viewer, entry))
                const edge = Math.max(0, (log[question.entry % (log.length || 1)]?.position ?? 0) + question.offset)

                const following = visible.filter(entry => entry.position > edge)
                const stretch = await model.read(viewer, edge, question.limit)
                expect(stretch.entries).toEqual(following.slice(0, question.limit))
                const end =
                  following.length < question.limit ? Math.max(edge, model.head()) : stretch.entries.at(-1)?.position
                expect(stretch.through).toBe(end)

                const query: PageQuery = {
                  viewer,
                  scope: question.scope,
                  limit: question.limit,
                  ...(question.with === undefined ? {} : { with: account(question.with).id }),
                  ...(question.edge === 'newest' ? {} : { [question.edge]: edge }),
                }
                expect(await model.page(query)).toEqual({ ...pageOf(visible, query), trimmed: ORIGIN })
              }
            } finally {
              await model.close()
              await own.dispose()
            }
          }),
          { numRuns: 20 },
        )
      })
    })

    describe('following the log', () => {
      test('it is handed out in pieces, whoever may see it', async () => {
        const joao = await enter(store, 'joao')
        const maria = await enter(store, 'maria')
        expect(await store.follow(ORIGIN, 10)).toEqual([])
        for (let n = 0; n < 25; n++) await say(store, joao, n % 3 ? null : maria, `${n}`)
        const followed: Entry[] = []
        for (;;) {
          const entries = await store.follow(followed.at(-1)?.position ?? ORIGIN, 7)
          expect(entries).not.toBeNull()
          if (!entries || entries.length === 0) break
          expect(entries.length).toBeLessThanOrEqual(7)
          followed.push(...entries)
        }
        expect(followed).toEqual(committed)
      })

      test('from any entry on, public or private', async () => {
        const joao = await enter(store, 'joao')
        const maria = await enter(store, 'maria')
        const entries: Entry[] = []
        for (const to of [null, maria, joao, null]) entries.push(await say(store, joao, to))
        for (const [n, { position }] of entries.entries()) {
          expect(await store.follow(position, 10)).toEqual(entries.slice(n + 1))
        }
      })

      test.each([
        ['between two entries', -1],
        ['after the last', +1],
      ])('a position that it does not have, %s, is one of another history', async (_, offset) => {
        const joao = await enter(store, 'joao')
        await say(store, joao, null)
        storage.now += 1
        const { position } = await say(store, joao, null)
        expect(await store.follow(position + offset, 10)).toBeNull()
        expect(await store.follow(position, 10)).toEqual([])
      })

      test('its head is asked of the storage', async () => {
        expect(await store.check()).toBe(ORIGIN)
        const joao = await enter(store, 'joao')
        const { position } = await say(store, joao, null)
        expect(await store.check()).toBe(position)
        const { epoch } = store
        await storage.reopen()
        expect(await store.check()).toBe(position)
        expect(store.epoch).toBe(epoch)
      })
    })

    describe('accounts', () => {
      test('a claimed account is found by its id, its key and its skeleton', async () => {
        const claim = claimOf('João', { key: 'joao', skeleton: 'j0a0', passwordHash: '$argon2id$…' })
        expect(await store.claim(claim)).toBe('claimed')
        const account = {
          id: claim.id,
          username: 'João',
          key: 'joao',
          passwordHash: '$argon2id$…',
          createdAt: 1_000,
          lastSeenAt: null,
          deletedAt: null,
        }
        expect(await store.accountById(claim.id)).toEqual(account)
        expect(await store.accountByKey('joao')).toEqual(account)
        expect(await store.accountBySkeleton('j0a0')).toEqual(account)
        expect(await store.accountById('joao')).toBeNull()
        expect(await store.accountByKey('João')).toBeNull()
        expect(await store.accountBySkeleton('joao')).toBeNull()
      })

      test('a name is taken by its key or by its skeleton', async () => {
        await store.claim(claimOf('joao', { skeleton: 'j0a0' }))
        expect(await store.claim(claimOf('joao', { skeleton: 'other' }))).toBe('taken')
        expect(await store.claim(claimOf('jοao', { skeleton: 'j0a0' }))).toBe('taken')
        expect(await store.claim(claimOf('maria', { skeleton: 'joao' }))).toBe('claimed')
      })

      test('a name that many claim at once has one winner, and can be entered at once', async () => {
        const claims = Array.from({ length: 100 }, () => claimOf('joao'))
        const outcomes = await Promise.all(claims.map(claim => store.claim(claim)))
        expect(outcomes.filter(outcome => outcome === 'claimed')).toHaveLength(1)
        expect((await store.accountByKey('joao'))?.id).toBe(claims[outcomes.indexOf('claimed')]?.id)
      })

      test('pages of accounts go by key, without the deleted', async () => {
        const names = ['zé', 'ana', 'ana-b', 'ana.b', 'ana_b', 'b', '1', 'ñ', 'joão']
        for (const username of names) await enter(store, username)
        const gone = await enter(store, 'carla')
        await store.deleteAccount(gone.id, 5_000)
        const sorted = [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
        const seen: string[] = []
        let after: string | null = null
        for (;;) {
          const page = await store.accounts(after, 2)
          seen.push(...page.map(account => account.key))
          const last = page.at(-1)
          if (!last) break
          after = last.key
        }
        expect(seen).toEqual(sorted)
      })

      test('passwords and the last time seen are kept', async () => {
        const joao = await enter(store, 'joao')
        await store.setPasswordHash(joao.id, 'first')
        await store.setPasswordHash(joao.id, 'second')
        await store.setLastSeen(joao.id, 7_000)
        expect(await store.accountById(joao.id)).toMatchObject({ passwordHash: 'second', lastSeenAt: 7_000 })
      })

      test('a password is changed, and an account deleted, only by whoever has shown the present one', async () => {
        const joao = await enter(store, 'joao')
        expect(await store.setPasswordHash(joao.id, 'first', 'another')).toBe(false)
        expect(await store.setPasswordHash(joao.id, 'first', null)).toBe(true)
        expect(await store.setPasswordHash(joao.id, 'second', null)).toBe(false)
        expect(await store.deleteAccount(joao.id, 5_000, null)).toBe(false)
        expect(await store.accountById(joao.id)).toMatchObject({ passwordHash: 'first', deletedAt: null })
        expect(await store.setPasswordHash(joao.id, 'second', 'first')).toBe(true)
        // On the operator's word.
        expect(await store.setPasswordHash(joao.id, 'third')).toBe(true)
        expect(await store.deleteAccount(joao.id, 5_000, 'second')).toBe(false)
        expect(await store.deleteAccount(joao.id, 5_000, 'third')).toBe(true)
        expect(await store.accountById(joao.id)).toMatchObject({ deletedAt: 5_000 })
      })

      test('a deleted account frees its name and loses its password, its nonces and its sessions', async () => {
        const joao = await enter(store, 'joao')
        const session = sessionOf(joao)
        await store.setPasswordHash(joao.id, 'hash')
        await store.createSession(session)
        await store.append(draftOf(joao, null, 'oi', nonceOf('n')))
        await store.deleteAccount(joao.id, 5_000)
        await store.deleteAccount(joao.id, 9_000)
        expect(await store.accountById(joao.id)).toMatchObject({ deletedAt: 5_000, passwordHash: null })
        expect(await store.accountByKey('joao')).toBeNull()
        expect(await store.accountBySkeleton('joao')).toBeNull()
        expect(await store.accounts(null, 10)).toEqual([])
        expect(await store.findSession(session.tokenHash, 1_500)).toBeNull()
        expect(await store.findNonce(joao.id, 'n')).toBeNull()
        await store.setPasswordHash(joao.id, 'again')
        expect((await store.accountById(joao.id))?.passwordHash).toBeNull()
      })

      test('whoever claims a freed name next sees nothing of the former owner', async () => {
        const former = await enter(store, 'joao')
        const maria = await enter(store, 'maria')
        const secret = await say(store, maria, former, 'segredo')
        const said = await say(store, former, null, 'adeus')
        await store.deleteAccount(former.id, 5_000)
        const next = await enter(store, 'joao')
        expect((await store.accountByKey('joao'))?.id).toBe(next.id)
        expect((await store.read(next.id, ORIGIN, 10)).entries).toEqual([said])
        expect(await store.at(next.id, secret.position)).toBeNull()
        expect((await store.read(maria.id, ORIGIN, 10)).entries).toEqual([secret, said])
        const old = await store.page({ viewer: maria.id, scope: 'ALL', with: former.id, limit: 10 })
        expect(old.entries).toEqual([secret])
        const fresh = await store.page({ viewer: maria.id, scope: 'ALL', with: next.id, limit: 10 })
        expect(fresh.entries).toEqual([])
      })

      test('nothing is appended from or to an account that is gone', async () => {
        const joao = await enter(store, 'joao')
        const maria = await enter(store, 'maria')
        await say(store, joao, maria)
        const [, toDeleted] = await Promise.all([
          store.deleteAccount(maria.id, 5_000),
          store.append(draftOf(joao, maria)),
        ])
        expect(toDeleted).toEqual({ status: 'gone', who: 'to' })
        expect(await store.append(draftOf(maria, joao))).toEqual({ status: 'gone', who: 'from' })
        expect(await store.append(draftOf(maria, null))).toEqual({ status: 'gone', who: 'from' })
        expect(await store.append(draftOf({ id: 'never', username: 'was' }, null))).toMatchObject({ who: 'from' })
        expect(await store.append(draftOf(joao, { id: 'never', username: 'was' }))).toMatchObject({ who: 'to' })
        expect(committed).toHaveLength(1)
      })
    })

    describe('sessions', () => {
      test('a session is found by its token’s hash until it expires, and renewed', async () => {
        const joao = await enter(store, 'joao')
        const session = sessionOf(joao)
        await store.createSession(session)
        const found = await store.findSession(session.tokenHash, 1_500)
        expect(found).toEqual({ session, account: await store.accountById(joao.id) })
        expect(await store.findSession(session.tokenHash, 2_001)).toBeNull()
        expect(await store.findSession(new Uint8Array(32), 1_500)).toBeNull()
        await store.renewSession(session.id, 3_000, 1_900)
        expect((await store.findSession(session.tokenHash, 2_001))?.session.expiresAt).toBe(3_000)
      })

      test('one session ends, or all of an account', async () => {
        const joao = await enter(store, 'joao')
        const maria = await enter(store, 'maria')
        const [first, second, third] = [sessionOf(joao), sessionOf(joao), sessionOf(joao)]
        const other = sessionOf(maria)
        for (const session of [first, second, third, other]) await store.createSession(session)
        await store.endSession(first.id, joao.id)
        expect(await store.findSession(first.tokenHash, 1_500)).toBeNull()
        expect(await store.findSession(second.tokenHash, 1_500)).not.toBeNull()
        expect([...(await store.endSessions(joao.id))].sort()).toEqual([second.id, third.id].sort())
        expect(await store.findSession(second.tokenHash, 1_500)).toBeNull()
        expect(await store.findSession(other.tokenHash, 1_500)).not.toBeNull()
        expect(await store.endSessions(joao.id)).toEqual([])
      })

      test('what concerns nobody changes nothing', async () => {
        await store.setPasswordHash('nobody', 'hash')
        await store.setLastSeen('nobody', 1)
        await store.deleteAccount('nobody', 1)
        await store.renewSession('nothing', 1, 1)
        await store.endSession('nothing', 'nobody')
        expect(await store.endSessions('nobody')).toEqual([])
        expect(await store.accountById('nobody')).toBeNull()
        expect(await store.accounts(null, 10)).toEqual([])
      })

      test('a session made for an account that was deleted meanwhile is never found', async () => {
        const joao = await enter(store, 'joao')
        const session = sessionOf(joao)
        await Promise.all([store.deleteAccount(joao.id, 5_000), store.createSession(session)])
        expect(await store.findSession(session.tokenHash, 1_500)).toBeNull()
      })
    })
  })
}

/** What `page` means, on a list. */
export function pageOf(visible: readonly Entry[], query: PageQuery) {
  const { viewer, scope, with: peer, after, before, limit } = query
  const matching = visible.filter(({ from, to }) => {
    if (scope === 'PUBLIC' && to !== null) return false
    if (scope === 'PRIVATE' && to === null) return false
    if (peer === undefined) return true
    return to !== null && ((from.id === viewer && to.id === peer) || (from.id === peer && to.id === viewer))
  })
  if (after !== undefined) {
    const following = matching.filter(({ position }) => position > after)
    return {
      entries: following.slice(0, limit),
      hasPrevious: following.length < matching.length,
      hasNext: following.length > limit,
    }
  }
  const preceding = matching.filter(({ position }) => before === undefined || position < before)
  return {
    entries: preceding.slice(-limit),
    hasPrevious: preceding.length > limit,
    hasNext: preceding.length < matching.length,
  }
}
