// The outbox: messages on their way, kept until the server acknowledged them, sent strictly in order, one at a time, each
// under a nonce that makes any number of attempts one message. Shared by all tabs of an account; one of them sends.
import { aloneInTurn } from './alone.ts'
import { SERVER_ERRORS_ENDURED } from './backoff.ts'
import type { Connection } from './connection.ts'
import { asRecadoError, RecadoError } from './errors.ts'
import { SendMessageDocument, type SendMessageMutationVariables } from './generated/graphql.ts'
import { dataOf, requestOf } from './link.ts'
import { createListeners, oneAfterAnother } from './listeners.ts'
import { byAge, createSturdyStorage } from './memory-storage.ts'
import { randomNonce } from './nonce.ts'
import { createNotices } from './notices.ts'
import type { Message, OutboxStorage, Outgoing, RecadoOutbox, SendOptions } from './types.ts'

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
  say(text: string, to: string | null | undefined, options?: SendOptions): Promise<Message>
  /** The way to the server may be free again: tries at once. */
  flush(): void
  /**
   * The server is there, as an answer to something else shows: what waits only because it could not be reached goes
   * soon.
   *
   * @param opened a connection has opened: what is still under way from before may have been lost on the old way
   */
  reached(opened: boolean): void
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
/** Nonces that are remembered as over: more than can be on their way out of the storage at one moment. */
const SETTLED_KEPT = CAPACITY
/** How long an attempt by HTTP from before the connection opened may still take; then it is made again, over the socket. */
const GRACE_MS = 1_000
/** Clients that find the server there again together don't send together. */
const JITTER_MS = 100

export function createOutbox({ connection, space, ...options }: OutboxOptions): Outbox {
  const storage = createSturdyStorage(options.storage)
  const listeners = createListeners<[readonly Outgoing[]]>()
  /** Of all tabs, as far as this one knows. */
  const entries = new Map<string, Outgoing>()
  /** Who waits here for an answer. What is in here is in `entries` too, until it is settled. */
  const pending = new Map<string, PromiseWithResolvers<Message>>()
  const backoff = connection.newBackoff()
  const closing = new AbortController()
  /** One tab sends at a time. Without locks several may: the nonces keep it once, and each keeps the order. */
  const drainInTurn = aloneInTurn(drain, closing.signal)
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
  /**
   * Acknowledged or taken out, here or in another tab: they never come back, though the storage may still have them for
   * a moment, for whoever sends tells first and removes then.
   */
  const settled = new Set<string>()
  /** While the storage is being read: what changed here meanwhile, which the reading can't know. */
  let touched: Set<string> | undefined
  /** By `performance.now()`: the server asked for quiet until then. */
  let quietUntil = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  /** By `performance.now()`: when `timer` is over. */
  let dueAt = 0
  /** `timer` waits for a server that could not be reached. */
  let isUnreachable = false
  /** The server was reached otherwise while an attempt was under way. */
  let reachedMeanwhile = false
  /** Gives up waiting for the answer to the attempt that is under way. */
  let giveUp: (() => void) | undefined

  const tell = oneAfterAnother(() => listeners.emit(view))
  function changed(): void {
    view = [...entries.values()].sort(byAge)
    tell()
  }

  /** Noted down before anybody is told: whoever then takes it out does so afterwards in the storage too. */
  function keep(entry: Outgoing): void {
    const kept = write(own => storage.put(own, entry))
    update(entry)
    void kept.then(() => notices?.tell({ type: 'changed' }))
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
        if (mine.has(entry.nonce) || settled.has(entry.nonce)) continue
        // `sending` in the storage: the page died before the answer came. The nonce makes it safe to send it again.
        entries.set(entry.nonce, entry.state === 'sending' ? { ...entry, state: 'waiting' } : entry)
        if (entry.state === 'refused') refuse(entry)
      }
      changed()
    })
  }

  /** The entry is over: somebody acknowledged it, or took it out. */
  function settle(nonce: string, answer: (waiter: PromiseWithResolvers<Message>) => void): void {
    const waiter = pending.get(nonce)
    pending.delete(nonce)
    settled.add(nonce)
    const oldest = settled.values().next()
    if (settled.size > SETTLED_KEPT && !oldest.done) settled.delete(oldest.value)
    if (entries.delete(nonce)) changed()
    if (waiter !== undefined) answer(waiter)
  }

  /** Whoever waits here for it learns why; it stays until somebody takes it out. */
  function refuse({ nonce, code = 'INTERNAL_SERVER_ERROR' }: Outgoing): void {
    pending.get(nonce)?.reject(new RecadoError(code))
    pending.delete(nonce)
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
    if (key === undefined) begin().catch(ignoreClosed)
    else void drainInTurn(`recado-outbox ${key}`)
  }

  function flushIn(milliseconds: number): void {
    clearTimeout(timer)
    dueAt = performance.now() + milliseconds
    timer = setTimeout(flush, milliseconds)
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
    reachedMeanwhile = false
    let grace: ReturnType<typeof setTimeout> | undefined
    const lost = Promise.withResolvers<never>()
    giveUp = () => {
      grace ??= setTimeout(() => lost.reject(new RecadoError('NETWORK', { message: 'No answer yet.' })), GRACE_MS)
    }
    update({ ...entry, state: 'sending' })
    try {
      const sent = connection.send(requestOf(SendMessageDocument, variablesOf(entry)))
      const answer = await Promise.race([sent, lost.promise])
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
      clearTimeout(grace)
      giveUp = undefined
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
      isUnreachable = error.code === 'NETWORK'
      const longest = isUnreachable && reachedMeanwhile ? Math.random() * JITTER_MS : Number.POSITIVE_INFINITY
      // Timers may come a little early; one that does would find that it is still quiet, and nobody would set another.
      flushIn(Math.max(Math.min(backoff.next(), longest), quietMs + 1))
      return
    }
    serverErrors = 0
    const refused: Outgoing = { ...entry, state: 'refused', code: error.code }
    const waiter = pending.get(entry.nonce)
    // First: whoever hears of it may take it out.
    pending.delete(entry.nonce)
    keep(refused)
    waiter?.reject(error)
  }

  return {
    get entries() {
      return view
    },
    onChange: listener => listeners.add(listener),
    flush,

    reached(opened) {
      backoff.reset()
      if (inFlight !== undefined) {
        reachedMeanwhile = true
        if (opened) giveUp?.()
      } else if (timer !== undefined && isUnreachable) {
        // Once for each failure: answers that keep coming must not put it off again and again.
        isUnreachable = false
        // It may be late already.
        flushIn(Math.max(0, Math.min(Math.random() * JITTER_MS, dueAt - performance.now())))
      }
    },

    say(text, to, { replyTo, nonce = randomNonce() } = {}) {
      const said = pending.get(nonce)
      if (said) return said.promise
      const answer = Promise.withResolvers<Message>()
      // Nobody has to listen: the entry says the same.
      answer.promise.catch(() => {})
      if (closing.signal.aborted) {
        answer.reject(new RecadoError('CLOSED', { message: 'The client was closed.' }))
        return answer.promise
      }
      const known = entries.get(nonce)
      if (known) {
        // Of an earlier life of this outbox, or of another tab.
        pending.set(nonce, answer)
        if (known.state === 'refused') refuse(known)
        return answer.promise
      }
      if (entries.size >= CAPACITY) {
        answer.reject(new RecadoError('OUTBOX_FULL', { message: `${CAPACITY} messages wait already.` }))
        return answer.promise
      }
      // Rising even when the clock is set back: it is the order.
      newest = Math.max(Date.now(), newest + 1)
      const reply = replyTo === undefined ? {} : { replyTo }
      const entry: Outgoing = { nonce, text, to, ...reply, createdAt: newest, state: 'waiting' }
      pending.set(entry.nonce, answer)
      keep(entry)
      // While it waits for its next attempt, so do those behind.
      if (timer === undefined) flush()
      return answer.promise
    },

    retry(nonce) {
      const entry = entries.get(nonce)
      if (entry?.state !== 'refused') return
      const { code: _code, ...rest } = entry
      const again: Outgoing = { ...rest, state: 'waiting' }
      keep(again)
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

function variablesOf({ text, to, nonce, replyTo }: Outgoing): SendMessageMutationVariables {
  const sent = replyTo === undefined ? { text, nonce } : { text, nonce, replyTo }
  if (to === undefined) return sent
  return to === null ? { ...sent, plain: true } : { ...sent, to }
}

/** The connection was closed before the account was known; `close` tells whoever waits. */
function ignoreClosed(): void {}
