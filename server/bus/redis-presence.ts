// Presence of several nodes over Redis: this node's own people go out in batches under its lease, the others' come in.
// A notice (`["o", node]` on `all`) makes it quick; what counts is a look at all leases every second, so that lost
// notices cost a second, and what was lost altogether is written and read again as a whole.
//
//            refused: cleared away, lost        the whole set was taken
//   in step ───────────────────────────▶ anew ──────────────────────────▶ in step
//      └──────── the outcome is unknown ──▶┘└── the outcome is unknown ──▶ anew
import { setTimeout as delay } from 'node:timers/promises'
import type { AccountRef } from '../domain/entry.ts'
import type { RedisClient } from '../redis/client.ts'
import type { Departure, LeasesListener, PresenceLeases } from './presence-leases.ts'
import { type Change, createLeaseCalls, type NodeState } from './redis-lease-calls.ts'

/** A node that says nothing for so long is dead, and its people are gone; they had that long to come to another. */
const LEASE_MS = 8_000
/** How often a node without news renews its lease. */
const BEAT_MS = 2_000
/** How often changes go out, at most. */
const BATCH_MS = 1_000
/** How often the others are looked at. */
const LOOK_MS = 1_000
/** How often notices may make that more often. */
const HINT_MS = 100
/** How long people are still there after their node said goodbye; also what `lastSeenAt` of a dead node's is back-dated by. */
const GRACE_MS = 5_000
/** Changes in one script, so that Redis answers others in between. */
const MOST_CHANGES = 1_000
/** Changes that wait for Redis to come back; then the oldest departures are not written down. */
const MOST_PENDING = 100_000
/** A node that stops does not wait longer than this for Redis. */
const GOODBYE_MS = 1_000

export interface RedisPresenceOptions {
  /** For commands; whoever made it closes it, after this. */
  readonly client: RedisClient
  readonly space: string
  /** Random, of this process alone. */
  readonly nodeId: string
  /** Milliseconds, all of them; defaults 8,000, 2,000, 1,000, 1,000, 5,000. */
  readonly leaseMs?: number
  readonly beatMs?: number
  readonly batchMs?: number
  readonly lookMs?: number
  readonly graceMs?: number
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly clock?: () => number
  /** Default: says nothing. */
  readonly log?: { warn(details: object, message: string): void }
}

interface Other {
  version: number
  expiresAt: number
  readonly accounts: Map<string, AccountRef>
}

export function createRedisPresence({
  client,
  space,
  nodeId,
  leaseMs = LEASE_MS,
  beatMs = BEAT_MS,
  batchMs = BATCH_MS,
  lookMs = LOOK_MS,
  graceMs = GRACE_MS,
  clock = Date.now,
  log,
}: RedisPresenceOptions): PresenceLeases {
  const calls = createLeaseCalls({ client, space, nodeId, leaseMs })
  let listener: LeasesListener = { arrived() {}, departed() {}, gone() {} }
  let started = false
  let closed = false

  // What goes out.
  /** Everyone who is here: what this node's set in Redis has to become. */
  const here = new Map<string, AccountRef>()
  /** By account, the last change that Redis has not confirmed. */
  let pending = new Map<string, Change>()
  /** The last version that was confirmed. Null: nobody knows what Redis has, so that the next write is everything. */
  let version: number | null = null
  /** The last version that was tried. Never tried twice. */
  let tried = 0
  let writtenAt = Number.NEGATIVE_INFINITY
  let writing: Promise<void> | null = null
  let writeTimer: NodeJS.Timeout | null = null

  // What comes in.
  const otherByNode = new Map<string, Other>()
  /** On how many other nodes an account is; never 0. */
  const countByAccount = new Map<string, number>()
  /** Accounts whose count changed during this look, and whether they were elsewhere before it. */
  const touched = new Map<string, { account: AccountRef; was: boolean; at: number }>()
  /** Whom nodes had that this one cleared away: gone, unless the next look finds them elsewhere. */
  let cleared = new Map<string, Departure>()
  let lookedAt = Number.NEGATIVE_INFINITY
  let looking: Promise<void> | null = null
  let hinted = false
  let lookTimer: NodeJS.Timeout | null = null
  let failing = false

  function change(accountId: string, next: Change): void {
    if (closed) return
    pending.set(accountId, next)
    if (pending.size > MOST_PENDING) for (const oldest of pending.keys()) return void pending.delete(oldest)
    if (pending.size === 1) scheduleWrite()
  }

  function scheduleWrite(): void {
    if (!started || closed || writing) return
    if (writeTimer) clearTimeout(writeTimer)
    const pause = pending.size >= MOST_CHANGES ? 0 : pending.size > 0 || version === null ? batchMs : beatMs
    writeTimer = setTimeout(
      () => {
        writing = write()
          .then(recovered, failed)
          .finally(() => {
            writing = null
            scheduleWrite()
          })
      },
      // Whatever happens in this turn goes out together.
      Math.max(0, writtenAt + pause - performance.now()),
    ).unref()
  }

  async function write(): Promise<void> {
    const previous = version
    const batch = take(previous === null ? pending.size : MOST_CHANGES)
    const next = previous === null || batch.size > 0 ? ++tried : previous
    const changes: Change[] = previous === null ? [...here.values()].map(account => ({ account })) : []
    for (const item of batch.values()) if (previous !== null || 'leftAt' in item) changes.push(item)
    version = null
    try {
      const gone = await calls.write({ previous, version: next, changes, others: otherByNode.keys() })
      writtenAt = performance.now()
      if (gone) {
        version = next
        for (const id of gone) {
          const departure = batch.get(id)
          if (departure && 'leftAt' in departure) listener.gone(id, departure.leftAt)
        }
        return
      }
    } catch (error) {
      writtenAt = performance.now()
      putBack(batch)
      throw error
    }
    // Refused, so nothing of the batch is written: everything, now.
    putBack(batch)
    return write()
  }

  function take(most: number): Map<string, Change> {
    if (pending.size <= most) {
      const all = pending
      pending = new Map()
      return all
    }
    const some = new Map<string, Change>()
    for (const [id, item] of pending) {
      if (some.size === most) break
      some.set(id, item)
      pending.delete(id)
    }
    return some
  }

  function putBack(batch: Map<string, Change>): void {
    for (const [id, item] of pending) batch.set(id, item)
    pending = batch
  }

  function scheduleLook(): void {
    if (!started || closed || looking) return
    if (lookTimer) clearTimeout(lookTimer)
    lookTimer = setTimeout(
      () => {
        hinted = false
        looking = look()
          .then(recovered, failed)
          .finally(() => {
            looking = null
            scheduleLook()
          })
      },
      Math.max(0, lookedAt + (hinted ? HINT_MS : lookMs) - performance.now()),
    ).unref()
  }

  async function look(): Promise<void> {
    lookedAt = performance.now()
    const asked = cleared
    const dead: NodeState[] = []
    try {
      const { now, nodes } = await calls.look()
      const living = nodes.filter(node => node.nodeId !== nodeId && node.expiresAt > now)
      dead.push(...nodes.filter(node => node.nodeId !== nodeId && node.expiresAt <= now))
      const ids = new Set(living.map(node => node.nodeId))
      const over = new Set(dead.map(node => node.nodeId))
      for (const [id, other] of otherByNode) {
        // A lease that is not there, and should be, was lost by Redis: its node will write it again.
        if (ids.has(id) || (!over.has(id) && other.expiresAt > now)) continue
        otherByNode.delete(id)
        for (const account of other.accounts.values()) uncount(account, other.expiresAt - graceMs)
      }
      for (const node of living) await read(node)
    } finally {
      tell()
    }
    // Looked for after their node's set was gone: whoever is nowhere now was there last.
    cleared = new Map()
    for (const { accountId, at } of asked.values()) {
      if (!here.has(accountId) && !countByAccount.has(accountId)) listener.gone(accountId, at)
    }
    for (const { nodeId: id, expiresAt } of dead) {
      for (const accountId of (await calls.clear(id)) ?? []) {
        const at = Math.max(cleared.get(accountId)?.at ?? 0, expiresAt - graceMs)
        cleared.set(accountId, { accountId, at })
      }
    }
    if (cleared.size > 0) return look()
  }

  /** Brings what is known of a living node up to date. */
  async function read({ nodeId: id, expiresAt, version: newest }: NodeState): Promise<void> {
    const known = otherByNode.get(id)
    if (known) known.expiresAt = expiresAt
    if (known?.version === newest) return
    const changes = known && known.version < newest ? await calls.changes(id, known.version, newest) : null
    if (known && changes) {
      for (const item of changes) apply(known, item)
      known.version = newest
      return
    }
    const everyone = await calls.everyone(id)
    if (!everyone) return
    const other = known ?? { version: 0, expiresAt, accounts: new Map<string, AccountRef>() }
    otherByNode.set(id, other)
    other.version = everyone.version
    const present = new Set(everyone.accounts.map(account => account.id))
    for (const accountId of other.accounts.keys()) {
      if (!present.has(accountId)) apply(other, { accountId, leftAt: clock() })
    }
    for (const account of everyone.accounts) apply(other, { account })
  }

  function apply({ accounts }: Other, item: Change): void {
    if ('account' in item) {
      const { account } = item
      if (accounts.has(account.id)) return
      accounts.set(account.id, account)
      const count = countByAccount.get(account.id) ?? 0
      touch(account, count > 0, 0)
      countByAccount.set(account.id, count + 1)
      return
    }
    const account = accounts.get(item.accountId)
    if (!account) return
    accounts.delete(account.id)
    uncount(account, item.leftAt)
  }

  function uncount(account: AccountRef, at: number): void {
    const count = countByAccount.get(account.id) ?? 1
    touch(account, true, at)
    if (count > 1) countByAccount.set(account.id, count - 1)
    else countByAccount.delete(account.id)
  }

  function touch(account: AccountRef, was: boolean, at: number): void {
    const known = touched.get(account.id)
    if (known) known.at = Math.max(known.at, at)
    else touched.set(account.id, { account, was, at })
  }

  /** What one look changed in the whole: somebody who moved from one node to another has neither gone nor come. */
  function tell(): void {
    const arrived: AccountRef[] = []
    const departed: Departure[] = []
    for (const [accountId, { account, was, at }] of touched) {
      const is = countByAccount.has(accountId)
      if (is && !was) arrived.push(account)
      else if (was && !is) departed.push({ accountId, at })
    }
    touched.clear()
    if (arrived.length > 0) listener.arrived(arrived)
    if (departed.length > 0) listener.departed(departed)
  }

  function recovered(): void {
    failing = false
  }

  function failed(error: unknown): void {
    if (!failing && !closed) log?.warn({ err: error }, 'presence is not shared at the moment; trying again')
    failing = true
  }

  async function leaveAll(): Promise<void> {
    await Promise.all([writing, looking])
    if (pending.size > 0 || version === null) await write()
    if (!(await calls.goodbye(graceMs))) return
    const now = clock()
    for (const id of here.keys()) listener.gone(id, now)
  }

  return {
    subscribe(only) {
      listener = only
    },
    async start() {
      await write()
      await look()
      started = true
      scheduleLook()
      scheduleWrite()
    },
    enter(account) {
      here.set(account.id, account)
      change(account.id, { account })
    },
    leave(accountId, at) {
      here.delete(accountId)
      change(accountId, { accountId, leftAt: at })
    },
    hint(id) {
      if (id === nodeId || hinted) return
      hinted = true
      scheduleLook()
    },
    async close() {
      if (closed) return
      closed = true
      if (writeTimer) clearTimeout(writeTimer)
      if (lookTimer) clearTimeout(lookTimer)
      await Promise.race([leaveAll().catch(failed), delay(GOODBYE_MS, undefined, { ref: false })])
    },
  }
}
