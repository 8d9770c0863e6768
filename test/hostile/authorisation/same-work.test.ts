// A timing class, told without a clock: what is somebody else's and what does not exist are looked for by the very same
// calls of the store, in the same order, whether it is in memory or on the disk.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLocalBus } from '../../../server/bus/local.ts'
import { createCursorCodec } from '../../../server/domain/cursor.ts'
import type { AccountRef, Position } from '../../../server/domain/entry.ts'
import { Refusal } from '../../../server/domain/errors.ts'
import { messageId } from '../../../server/domain/message.ts'
import { createLog, type Log } from '../../../server/feed/log.ts'
import { createPages } from '../../../server/graphql/pages.ts'
import { createReading } from '../../../server/graphql/reading.ts'
import { createRevise } from '../../../server/graphql/revise.ts'
import { createSend } from '../../../server/graphql/send.ts'
import { openSqliteStore } from '../../../server/store/sqlite/sqlite-store.ts'
import type { Store } from '../../../server/store/store.ts'

const [ANA, BIA, EVE] = ['ana', 'bia', 'eve'].map(name => ({ id: `${name}'s id`, username: name })) as [
  AccountRef,
  AccountRef,
  AccountRef,
]

let dataDir: string
let store: Store
let log: Log
let calls: string[] = []
const bus = createLocalBus()
/** Private messages of ana's to bia: one that only the disk has by now, and one that is in memory. */
let places: Record<'old' | 'recent', { readonly id: string; readonly position: Position }>

/** The store, with the name of every call written down. */
function recorded(real: Store): Store {
  return new Proxy(real, {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        calls.push(String(name))
        return (value as (...given: unknown[]) => unknown).apply(target, args)
      }
    },
  })
}

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'recado-same-work-'))
  const real = await openSqliteStore({
    dataDir,
    events: { committed: entries => bus.publish(entries) },
  })
  for (const { id, username } of [ANA, BIA, EVE]) {
    await real.claim({ id, username, key: username, skeleton: username, passwordHash: null, createdAt: 1 })
  }
  store = recorded(real)
  log = await createLog({
    store,
    bus,
    tailEntries: 16,
    onError(error) {
      throw error
    },
  })
  const sent: { id: string; position: Position }[] = []
  for (let i = 0; i < 60; i++) {
    const to = i === 5 || i === 55 ? BIA : null
    const id = messageId(Date.now())
    const draft = { messageId: id, from: ANA, to, text: `${i}`, sentAt: Date.now(), replyTo: null, nonce: null }
    const appended = await store.append(draft)
    if (appended.status !== 'stored') throw new Error(appended.status)
    sent.push({ id, position: appended.entry.position })
  }
  places = { old: sent[5] as (typeof sent)[0], recent: sent[55] as (typeof sent)[0] }
})

afterAll(async () => {
  log?.close()
  await store?.close()
  await rm(dataDir, { recursive: true, force: true })
})

/** The calls that it takes to refuse, and how it is refused. */
async function workOf(attempt: () => Promise<unknown>): Promise<{ calls: string[]; answer: unknown }> {
  calls = []
  const answer = await attempt().catch((error: unknown) => {
    if (error instanceof Refusal) return { ...error, code: error.code, message: error.message, stack: undefined }
    throw error
  })
  return { calls, answer }
}

describe.each(['old', 'recent'] as const)('EDIT-2 CURSOR-4 an %s message of others and none at all', where => {
  const accounts = {
    byName: async (name: string) => [ANA, BIA, EVE].find(({ username }) => username === name) ?? null,
    byId: async (id: string) => {
      const found = [ANA, BIA, EVE].find(account => account.id === id)
      return found ? { ...found, createdAt: 1, lastSeenAt: null, deletedAt: null } : null
    },
    forget() {},
  }
  const limiter = { send() {}, refundSend() {}, mark() {} }
  const textLimits = { codePoints: 0, bytes: 0 }
  const gate = { public() {}, private() {} }

  function parts() {
    const cursors = createCursorCodec(log.epoch)
    const presence = { online: () => [], isOnline: () => false }
    return {
      cursors,
      pages: createPages({ log, store, accounts, presence, cursors, pageLimit: 100 }),
      revise: createRevise({ store, limiter, gate, textLimits, isDraining: () => false }),
      send: createSend({ store, accounts, limiter, gate, textLimits, isDraining: () => false }),
      reading: createReading({
        log,
        store,
        accounts,
        positions: { mark: async (_account, _peer, position) => position },
        limiter,
        cursors,
        pageLimit: 100,
      }),
    }
  }

  /** By field: what it does with an id and a position. */
  const fields: Record<string, (id: string, position: Position) => Promise<unknown>> = {
    message: id => parts().pages.message(EVE.id, id),
    edit: id => parts().revise.edit(EVE, id, 'x'),
    delete: id => parts().revise.delete(EVE, id),
    reply: id => parts().send(EVE, { text: 'x', plain: true, replyTo: id, operationId: null, path: [] }),
    'private reply': id => parts().send(EVE, { text: 'x', to: 'ana', replyTo: id, operationId: null, path: [] }),
    since: (_, position) => parts().pages.messages(EVE.id, { since: parts().cursors.encode(position) }),
    before: (_, position) => parts().pages.messages(EVE.id, { before: parts().cursors.encode(position) }),
    conversations: (_, position) => parts().reading.conversations(EVE.id, { before: parts().cursors.encode(position) }),
    markRead: (_, position) => parts().reading.markRead(EVE.id, { cursor: parts().cursors.encode(position) }),
  }

  for (const [name, ask] of Object.entries(fields)) {
    test(`take the same work: ${name}`, async () => {
      const { id, position } = places[where]
      const foreign = await workOf(() => ask(id, position))
      // Right beside it, so that it is to be looked for in the same place.
      const nothing = await workOf(() => ask(messageId(Date.now()), position + 1))
      expect(foreign).toEqual(nothing)
      if (name !== 'message') expect(foreign.answer).toHaveProperty('code')
    })
  }
})
