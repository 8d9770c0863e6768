// The contract of server/bus/bus.ts as tests: the same suite runs against every bus. What a bus may do wrong (lose, double,
// reorder) is not asked for here; that it does nothing worse, is.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Bus } from '../../server/bus/bus.ts'
import {
  type Entry,
  type Link,
  type MessageEntry,
  type MessageRef,
  ORIGIN,
  type Position,
  type RevisionEntry,
  UNREVISED,
} from '../../server/domain/entry.ts'
import { until } from '../setup/until.ts'

export interface BusFixture {
  readonly bus: Bus
  /** Publishes an entry as a node of the space does that has appended it after `previous`. */
  publish(entry: Entry, previous: Position): Promise<void>
  dispose(): Promise<void>
}

const [ANA, BIA, CLEO] = ['ana', 'bia', 'cleo'].map(id => ({ id, username: `Ünï ${id}` })) as [Person, Person, Person]
type Person = Entry['from']

export function describeBus(name: string, create: () => Promise<BusFixture>): void {
  describe(`bus contract: ${name}`, () => {
    let fixture: BusFixture
    let bus: Bus
    let head: Position

    beforeEach(async () => {
      fixture = await create()
      bus = fixture.bus
      head = ORIGIN
    })

    afterEach(async () => {
      await bus.close()
      await fixture.dispose()
    })

    /** Positions as they are: microseconds, beyond what 32 bits hold. */
    function next(): Position {
      head = Math.max(head, 1_795_470_317_305_000) + 7
      return head
    }

    async function say(
      to: Person | null,
      text = 'oi',
      from = ANA,
      replyTo: MessageRef | null = null,
    ): Promise<MessageEntry> {
      const previous = head
      next()
      const entry: MessageEntry = {
        kind: 'added',
        position: head,
        messageId: `m${head}`,
        from,
        to,
        text,
        sentAt: 1_700_000_000_000,
        replyTo,
        ...UNREVISED,
      }
      await fixture.publish(entry, previous)
      return entry
    }

    async function revise(message: MessageEntry, kind: RevisionEntry['kind'], text: string): Promise<RevisionEntry> {
      const previous = head
      const { from, to } = message
      const at = 1_700_000_100_000
      const times = kind === 'edited' ? { editedAt: at, deletedAt: null } : { editedAt: null, deletedAt: at }
      const position = next()
      const entry = { kind, position, from, to, at, message: { ...message, text, revised: position, ...times } }
      await fixture.publish(entry, previous)
      return entry
    }

    async function follow(): Promise<{ links: Link[]; entries(): unknown[]; stop(): void }> {
      const links: Link[] = []
      const stop = await bus.subscribe({ links: more => void links.push(...more), gap() {} })
      /** Each place once: as itself, if it came so. */
      const entries = (): unknown[] => {
        const found = new Map<Position, unknown>()
        for (const { entry } of links) {
          if (entry.kind !== 'stub' || !found.has(entry.position)) found.set(entry.position, entry)
        }
        return [...found.values()]
      }
      return { links, entries, stop }
    }

    test('tells everybody of everything that is published after they were subscribed, in order', async () => {
      const [one, other] = [await follow(), await follow()]
      const sent = [
        await say(null),
        await say(null, 'olá,\n\t“maria” 👩‍👩‍👧 \u202e "\\ \u2028'),
        await say(null, 'x'.repeat(16_000)),
      ]
      for (const { links, entries } of [one, other]) {
        await until('all', () => links.length === 3)
        expect(entries()).toEqual(sent)
      }
    })

    test('says what came right before each, or vouches that nothing is missing', async () => {
      const { links } = await follow()
      await say(null)
      await say(ANA)
      await say(null)
      await until('all', () => new Set(links.map(({ entry }) => entry.position)).size === 3)
      const first = links[0]?.entry.position ?? 0
      for (const { entry, previous } of links) {
        expect(previous === null || previous === (entry.position === first ? ORIGIN : entry.position - 7)).toBe(true)
      }
    })

    test('has private entries whole for those who are listened to, and names nobody else’s text', async () => {
      await bus.listen('bia')
      const { links, entries } = await follow()
      const own = [await say(BIA, 'to bia'), await say(ANA, 'from bia', BIA), await say(BIA, 'a note', BIA)]
      const foreign = await say(CLEO, 'to cleo')
      const last = await say(null)
      await until('all', () => links.some(({ entry }) => entry.position === last.position))
      expect(entries()).toHaveLength(5)
      expect(entries().slice(0, 3)).toEqual(own)
      const { position, from, to } = foreign
      const stub = { kind: 'stub', position, from: { id: from.id }, to: { id: to?.id } }
      expect([foreign, stub]).toContainEqual(entries()[3])
    })

    test('has edits, deletions and replies like every other entry: public ones for everybody, private ones for their accounts', async () => {
      await bus.listen('bia')
      const { links, entries } = await follow()
      const [open, own, foreign] = [await say(null), await say(BIA), await say(CLEO)]
      const replyTo = { messageId: open.messageId, position: open.position, from: open.from }
      const revisions = [
        await revise(open, 'edited', 'novo'),
        await revise({ ...own, replyTo }, 'edited', 'novo "[]",'),
        await revise({ ...own, replyTo }, 'deleted', ''),
        await revise(open, 'deleted', ''),
        await revise(foreign, 'edited', 'segredo'),
      ]
      const last = await say(null, 'fim', ANA, replyTo)
      await until('all', () => links.some(({ entry }) => entry.position === last.position))
      expect(entries().slice(3, 7)).toEqual(revisions.slice(0, 4))
      expect(entries()[8]).toEqual(last)
      // Where it is not whole it says whose it is and where its message is, so that what is known of that can be dropped.
      const { position, from, to } = revisions[4] as RevisionEntry
      const revises = foreign.position
      const stub = { kind: 'stub', position, from: { id: from.id }, to: { id: to?.id }, revises }
      expect([revisions[4], stub]).toContainEqual(entries()[7])
    })

    test('counts who listens: private entries come whole until the last one stops', async () => {
      const { links, entries } = await follow()
      await bus.listen('bia')
      await bus.listen('bia')
      bus.unlisten('bia')
      const first = await say(BIA)
      await bus.listen('bia')
      bus.unlisten('bia')
      const second = await say(BIA)
      await until('both', () => links.some(({ entry }) => entry.position === second.position))
      expect(entries()).toEqual([first, second])
      bus.unlisten('bia')
    })

    test('lets many be listened to at once', async () => {
      const { links, entries } = await follow()
      const ids = Array.from({ length: 2_000 }, (_, i) => `account-${i}`)
      await Promise.all(ids.map(id => bus.listen(id)))
      const sent: Entry[] = []
      for (const id of [ids[0], ids[999], ids[1_999]]) sent.push(await say({ id: id as string, username: 'x' }))
      await until('all', () => links.some(({ entry }) => entry.position === sent[2]?.position))
      expect(entries()).toEqual(sent)
      for (const id of ids) bus.unlisten(id)
    })

    test('tells nothing to those who have stopped, nor to anybody once it is closed', async () => {
      const [one, other] = [await follow(), await follow()]
      const first = await say(null)
      await until('told', () => one.links.length === 1 && other.links.length === 1)
      one.stop()
      await say(null)
      await until('told', () => other.links.length === 2)
      expect(one.entries()).toEqual([first])
      await bus.close()
      await say(null)
      expect(other.links).toHaveLength(2)
    })
  })
}
