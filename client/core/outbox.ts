// The outbox: messages on their way, kept until the server acknowledged them, sent strictly in order, one at a time, each
// under a nonce that makes any number of attempts one message. Shared by all tabs of an account; one of them sends.
import type { Connection } from './connection.ts'
import { asRecadoError, RecadoError } from './errors.ts'
import { SendMessageDocument, type SendMessageMutationVariables } from './generated/graphql.ts'
import { dataOf, requestOf } from './link.ts'
import { createListeners } from './listeners.ts'
import { byAge, createSturdyStorage } from './memory-storage.ts'
import { randomNonce } from './nonce.ts'
import { createNotices } from './notices.ts'
import type { Message, OutboxStorage, Outgoing, RecadoOutbox } from './types.ts'

/**
 *  said ──▶ waiting ──first in line──▶ sending ──acknowledged──▶ gone
 *              ▲  ▲                     │    │
 *              │  └── may help later ───┘    └── refused ──▶ refused ──discard──▶ gone
 *              └──────────────────── retry ───────────────────┘
 *
 *  "May help later" (no answer, STORAGE_UNAVAILABLE, DRAINING, RATE_LIMITED, INTERNAL_SERVER_ERROR) holds up all that
 *  follow: order. A refusal does not.
 */
export interface Outbox extends RecadoOutbox {
  /** @param to a username, null for everyone, undefined when the text is to be read as typed */
  say(text: string, to: string | null | undefined): Promise<Message>
  /** The way to the server may be free again: tries at once. */
  flush(): void
  /** Waits until what was said lasts. The promises of what waits reject with this. */
  close(error: RecadoError): Promise<void>
}

export interface OutboxOptions {
  readonly connection: Connection
  readonly storage: OutboxStorage
  /** The server's address: each has an outbox of its own. */
  readonly space: string
}

/** Entries that may wait; more are not taken (`OUTBOX_FULL`). */
const CAPACITY = 1_000
/** A defect that one message provokes must not hold up all others for ever. After so many, it counts as refused. */
const SERVER_ERRORS_ENDURED = 10

interface Pending {
  resolve(message: Message): void
  reject(error: RecadoError): void
}

export function createOutbox({ connection, space, ...options }: OutboxOptions): Outbox {
  const storage = createSturdyStorage(options.storage)
  const listeners = createListeners<[readonly Outgoing[]]>()
  /** Of all tabs, as far as this one knows. */
  const entries = new Map<string, Outgoing>()
  /** Who waits here for an answer. What is in here is in `entries` too, until it is settled. */
  const pending = new Map<string, Pending>()
  const backoff = connection.newBackoff()
  const closing = new AbortController()
  let view: readonly Outgoing[] = []
  let newest = 0
  let serverErrors = 0
  /** Known once the account is. */
  let key: string | undefined
  let notices: ReturnType<typeof createNotices> | undefined
  let beginning: Promise<void> | undefined
  let writing: Promise<unknown> = Promise.resolve()
  /** The nonce that is being sent from here. */
  let inFlight: string | undefined
  /** While the storage is being read: what changed here meanwhile, which the reading can't know. */
  let touched: Set<string> | undefined
  /** By `performance.now()`: the server asked for quiet until then. */
  let quietUntil = 0
  let draining = false
  let drainAgain = false
  let timer: ReturnType<typeof setTimeout> | undefined

  function changed(): void {
    view = [...entries.values()].sort(byAge)
    listeners.emit(view)
  }

  /** Storage is written in the order of the calls. */
  function write(change: (key: string) => Promise<void>): Promise<void> {
    const done = writing.then(() => (key === undefined ? undefined : change(key)))
    writing = done
    return done
  }

  /** Learns whose outbox this is, and takes over what an earlier life of it left. */
  function begin(): Promise<void> {
    beginning ??= (async () => {
      const account = await connection.account()
      key = `${space} ${account}`
      notices = createNotices(`recado-outbox ${key}`, notice => {
        if (notice.type === 'sent') settle(notice.nonce, waiter => waiter.resolve(notice.message))
        else if (notice.type === 'discarded')
          settle(notice.nonce, waiter => waiter.reject(new RecadoError('DISCARDED')))
        else void reload()
      })
      // What was said before the account was known.
      for (const entry of entries.values()) void write(own => storage.put(own, entry))
      await reload()
      notices.tell({ type: 'changed' })
      flush()
    })()
    return beginning
  }

  /** What other tabs did since. An entry that somebody waits for here stays, whoever took it out of the storage. */
  function reload(): Promise<void> {
    return write(async own => {
      const mine = new Set<string>()
      touched = mine
      const stored = await storage.load(own)
      touched = undefined
      if (inFlight !== undefined) mine.add(inFlight)
      for (const nonce of entries.keys()) if (!pending.has(nonce) && !mine.has(nonce)) entries.delete(nonce)
      for (const entry of stored) {
        newest = Math.max(newest, entry.createdAt)
        if (mine.has(entry.nonce)) continue
        // `sending` in the storage: the page died before the answer came. The nonce makes it safe to send it again.
        entries.set(entry.nonce, entry.state === 'sending' ? { ...entry, state: 'waiting' } : entry)
      }
      changed()
    })
  }

  /** The entry is over: somebody acknowledged it, or took it out. */
  function settle(nonce: string, answer: (waiter: Pending) => void): void {
    const waiter = pending.get(nonce)
    pending.delete(nonce)
    touched?.add(nonce)
    if (entries.delete(nonce)) changed()
    if (waiter !== undefined) answer(waiter)
  }

  function update(entry: Outgoing): void {
    touched?.add(entry.nonce)
    entries.set(entry.nonce, entry)
    changed()
  }

  function flush(): void {
    if (performance.now() < quietUntil) return
    clearTimeout(timer)
    timer = undefined
    if (draining) drainAgain = true
    else if (key === undefined) begin().catch(ignoreClosed)
    else void drainInTurn()
  }

  /** One tab sends at a time. Without locks several may: the nonces keep it once, and each keeps the order. */
  async function drainInTurn(): Promise<void> {
    draining = true
    try {
      do {
        drainAgain = false
        await alone(`recado-outbox ${key}`, drain, closing.signal)
      } while (drainAgain && !closing.signal.aborted)
    } finally {
      draining = false
    }
  }

  async function drain(): Promise<void> {
    await reload()
    while (!closing.signal.aborted && timer === undefined) {
      const next = view.find(entry => entry.state === 'waiting')
      if (next === undefined) return
      // It must last before it leaves, or an answer that is lost together with this page could not be asked for again.
      await writing
      if (entries.get(next.nonce)?.state === 'waiting') await attempt(next)
    }
  }

  async function attempt(entry: Outgoing): Promise<void> {
    inFlight = entry.nonce
    update({ ...entry, state: 'sending' })
    try {
      const answer = await connection.send(requestOf(SendMessageDocument, variablesOf(entry)))
      const { sendMessage: message } = dataOf(SendMessageDocument, answer)
      backoff.reset()
      serverErrors = 0
      // Before it is removed: whoever finds it gone has heard why.
      notices?.tell({ type: 'sent', nonce: entry.nonce, message })
      settle(entry.nonce, waiter => waiter.resolve(message))
      void write(own => storage.remove(own, entry.nonce))
    } catch (thrown) {
      failed(entry, asRecadoError(thrown))
    } finally {
      inFlight = undefined
    }
  }

  function failed(entry: Outgoing, error: RecadoError): void {
    // Discarded while it was under way.
    if (!entries.has(entry.nonce)) return
    if (error.code === 'UNAUTHENTICATED' || closing.signal.aborted) {
      update({ ...entry, state: 'waiting' })
      if (!closing.signal.aborted) connection.endSession(error)
      return
    }
    if (error.code === 'INTERNAL_SERVER_ERROR') serverErrors += 1
    if (error.retryable && serverErrors < SERVER_ERRORS_ENDURED) {
      update({ ...entry, state: 'waiting' })
      const quietMs = error.retryAfterMs ?? 0
      quietUntil = performance.now() + quietMs
      // Timers may come a little early; one that does would find that it is still quiet, and nobody would set another.
      timer = setTimeout(flush, Math.max(backoff.next(), quietMs + 1))
      return
    }
    serverErrors = 0
    const refused: Outgoing = { ...entry, state: 'refused', code: error.code }
    update(refused)
    pending.get(entry.nonce)?.reject(error)
    pending.delete(entry.nonce)
    void write(own => storage.put(own, refused)).then(() => notices?.tell({ type: 'changed' }))
  }

  return {
    get entries() {
      return view
    },
    onChange: listener => listeners.add(listener),
    flush,

    say(text, to) {
      const answer = Promise.withResolvers<Message>()
      // Nobody has to listen: the entry says the same.
      answer.promise.catch(() => {})
      if (closing.signal.aborted) {
        answer.reject(new RecadoError('CLOSED', { message: 'The client was closed.' }))
        return answer.promise
      }
      if (entries.size >= CAPACITY) {
        answer.reject(new RecadoError('OUTBOX_FULL', { message: `${CAPACITY} messages wait already.` }))
        return answer.promise
      }
      // Rising even when the clock is set back: it is the order.
      newest = Math.max(Date.now(), newest + 1)
      const entry: Outgoing = { nonce: randomNonce(), text, to, createdAt: newest, state: 'waiting' }
      pending.set(entry.nonce, answer)
      update(entry)
      void write(own => storage.put(own, entry)).then(() => notices?.tell({ type: 'changed' }))
      // While it waits for its next attempt, so do those behind.
      if (timer === undefined) flush()
      return answer.promise
    },

    retry(nonce) {
      const entry = entries.get(nonce)
      if (entry?.state !== 'refused') return
      const { code: _code, ...rest } = entry
      const again: Outgoing = { ...rest, state: 'waiting' }
      update(again)
      void write(own => storage.put(own, again)).then(() => notices?.tell({ type: 'changed' }))
      if (timer === undefined) flush()
    },

    async discard(nonce) {
      settle(nonce, waiter => waiter.reject(new RecadoError('DISCARDED', { message: 'It was discarded.' })))
      await write(own => storage.remove(own, nonce))
      notices?.tell({ type: 'discarded', nonce })
    },

    async close(error) {
      closing.abort()
      clearTimeout(timer)
      for (const waiter of pending.values()) waiter.reject(error)
      pending.clear()
      await writing
      notices?.close()
    },
  }
}

/** Runs the work while no other tab does, where the browser can tell; not at all once the signal aborts. */
async function alone(name: string, work: () => Promise<void>, signal: AbortSignal): Promise<void> {
  if (typeof navigator === 'undefined' || navigator.locks === undefined) return work()
  let started = false
  try {
    await navigator.locks.request(name, { signal }, () => {
      started = true
      return work()
    })
  } catch (error) {
    if (started) throw error
    // Refused: a page without an origin of its own, such as one in a sandboxed frame.
    if (!signal.aborted) await work()
  }
}

function variablesOf({ text, to, nonce }: Outgoing): SendMessageMutationVariables {
  if (to === undefined) return { text, nonce }
  return to === null ? { text, plain: true, nonce } : { text, to, nonce }
}

/** The connection was closed before the account was known; `close` tells whoever waits. */
function ignoreClosed(): void {}
