// Feeds through any drops, stalls and failures (walks.ts), and the seam between replay and live.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createLocalBus } from '../../server/bus/local.ts'
import { createLog } from '../../server/feed/log.ts'
import type { Store } from '../../server/store/store.ts'
import { createMemoryStore } from './memory-store.ts'
import { connect, PEOPLE, Session, settle, walks } from './walks.ts'

describe('feeds', () => {
  test('deliver all that is visible, once, in order, through any drops, stalls and failures', {
    timeout: 240_000,
  }, async () => {
    let steps = 0
    await fc.assert(walks({ onStep: () => steps++ }), { numRuns: 1_000 })
    expect(steps).toBeGreaterThan(5_000)
  })

  test('a feed that is opened while entries are published but not flushed gets each of them once', async () => {
    const bus = createLocalBus()
    const store = createMemoryStore(bus.publish, () => 0)
    const log = await createLog({ store: store as unknown as Store, bus, tailEntries: 64, onError() {} })
    const watcher = new Session(0)
    await connect(log, watcher, store)
    await settle(5)
    const late: Session[] = []
    for (let i = 0; i < 10_000; i++) {
      const from = PEOPLE[0] as { id: string; username: string }
      await store.append({ messageId: `m${i}`, from, to: null, text: 'x', sentAt: 0, replyTo: null, nonce: null })
      if (i % 10 === 5) {
        const session = new Session(0)
        session.start = store.entries.at(-3)?.position ?? 0
        await connect(log, session, store)
        late.push(session)
      }
      if (i % 3 === 0) await settle(1)
      if (late.length > 20) {
        const isDone = (session: Session): boolean => session.applied.at(-1) === store.entries.at(-1)
        while (!late.every(isDone)) await settle(1)
        await log.hub.flushed()
        for (const session of late.splice(0)) {
          session.handle?.close()
          const since = store.entries.filter(entry => entry.position > (session.start as number))
          expect(session.applied).toEqual(since)
          expect(session.marks).toHaveLength(1)
        }
      }
    }
    await log.hub.flushed()
    expect(watcher.applied).toEqual(store.entries)
    log.close()
  })
})
