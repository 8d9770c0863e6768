// One connection that lasts: opens links one after another, WebSocket or SSE, with back-off between them, and tells
// whoever is attached when one opens and when it is lost. It never gives up on a network; it ends when the session does.
import { type Backoff, createBackoff } from './backoff.ts'
import { asRecadoError, RecadoError } from './errors.ts'
import { MeDocument } from './generated/graphql.ts'
import type { Http } from './http.ts'
import {
  type Closure,
  closureOf,
  dataOf,
  type Link,
  type OpenLink,
  type Request,
  type Result,
  requestOf,
} from './link.ts'

/**
 *        first attach              acknowledged
 *  idle ─────────────▶ connecting ─────────────▶ open
 *                        ▲    │ refused           │ lost
 *            timer, wake │    ▼                   │
 *                        └─ waiting ◀─────────────┘         closed: close(), or the session ended; final
 *
 *  Which link `connecting` opens, in `auto`:
 *
 *    WebSocket ──third failure in a row──▶ SSE ──failed──▶ WebSocket ──failed──▶ SSE …
 *        ▲                                  │ open: every 5 s, 10 s … 10 min a WebSocket is tried beside it
 *        └──────────────────────────────────┘ and replaces it once acknowledged
 */
export type LinkState = 'idle' | 'connecting' | 'open' | 'waiting' | 'closed'

/** Something that lives on the connection, such as a feed. */
export interface Attachment {
  opened(link: Link): void
  /** The link of the last `opened` is gone. */
  lost(): void
  /** There will be no other link. */
  closed(error: RecadoError): void
}

export interface ConnectionOptions {
  readonly http: Http
  /** The account's id, where it is known. */
  readonly account: string | undefined
  /** With a token, the account can't change under way; a cookie's can. */
  readonly hasToken: boolean
  readonly transport: 'auto' | 'websocket' | 'sse'
  readonly openWebSocket: OpenLink
  readonly openSse: OpenLink
  readonly minBackoffMs: number
  readonly maxBackoffMs: number
}

export interface Connection {
  readonly state: LinkState
  /** What the present state is due to. */
  readonly reason: RecadoError | undefined
  onChange(listener: () => void): () => void
  /** Opens the connection if nothing did yet. */
  attach(attachment: Attachment): () => void
  /**
   * One operation in the name of the account, over the open socket or by HTTP.
   *
   * @throws RecadoError
   */
  send(request: Request): Promise<Result>
  /** The account's id. Keeps asking until there is an answer; rejects when the connection is closed. */
  account(): Promise<string>
  /** Undefined: it is not known yet. */
  readonly knownAccount: string | undefined
  /** The server said UNAUTHENTICATED: nothing more will work. */
  endSession(error: RecadoError): void
  newBackoff(): Backoff
  /** The network may be back: tries at once, or makes sure that the open link still works. */
  wake(): void
  drop(): void
  /** Drops the link and opens no other before `release`. */
  hold(): void
  release(): void
  /** Of the open link. */
  readonly transport: Link['transport'] | undefined
  close(): Promise<void>
}

/** Close codes that trying again seldom mends: a misuse of the protocol, or the server's defect. */
const SLOW_CODES = new Set([1008, 4004, 4005, 4400, 4401, 4406, 4409, 4429, 4500])
/** The token is bad, expired or revoked. */
const SESSION_ENDED = 4403
/** Overload: the first waits are as long as after this many failures. */
const TRY_AGAIN_LATER = 1013
const FAILURES_WORTH_OF_OVERLOAD = 3
/** A link that lived this long was a good one: the next back-off starts small again. */
export const STABLE_MS = 5_000
const WEB_SOCKET_FAILURES_BEFORE_SSE = 3
/** While on SSE: from the first to the longest wait between attempts to open a WebSocket. */
const UPGRADE_MIN_MS = 5_000
const UPGRADE_MAX_MS = 600_000
/** A frame above the server's limit costs the whole socket (1009), a body above it gets a typed refusal. */
const LONGEST_FRAME = 16_384

export function createConnection(options: ConnectionOptions): Connection {
  const { http, transport, hasToken } = options
  const attachments = new Set<Attachment>()
  const listeners = new Set<() => void>()
  const closing = new AbortController()
  const backoff = newBackoff()
  let state: LinkState = 'idle'
  let reason: RecadoError | undefined
  let account = options.account
  let asking: Promise<string> | undefined
  /** Set exactly while the state is `open`. */
  let current: Link | undefined
  /** A WebSocket that opened beside an SSE link and waits to replace it. */
  let upgraded: Link | undefined
  let attempt = new AbortController()
  let cutWait: (() => void) | undefined
  /** Ends the wait until the account is asked for again. */
  let cutAsking: (() => void) | undefined
  /** Resolves when the connection may be opened again; set while it may not. */
  let held: PromiseWithResolvers<void> | undefined
  let webSocketFailures = 0
  let onSse = transport === 'sse'

  function newBackoff(): Backoff {
    return createBackoff(options.minBackoffMs, options.maxBackoffMs)
  }

  function become(next: LinkState, why?: RecadoError): void {
    state = next
    reason = why
    for (const listener of [...listeners]) listener()
  }

  /** @throws RecadoError UNAUTHENTICATED when this is nobody, or somebody else than before */
  async function identify(execute: (request: Request) => Promise<Result>): Promise<string> {
    const { me } = dataOf(MeDocument, await execute(requestOf(MeDocument, {})))
    if (me === null) throw new RecadoError('UNAUTHENTICATED', { message: 'There is no session, or it has ended.' })
    if (account !== undefined && account !== me.id) {
      throw new RecadoError('UNAUTHENTICATED', { message: 'This browser has entered as somebody else.' })
    }
    account = me.id
    return me.id
  }

  /** Opens a link of this kind whose account is the right one. Rejects with a Closure. */
  async function openAs(open: OpenLink, signal: AbortSignal): Promise<Link> {
    const link = await open(signal)
    // Open links heed the signal no more, but this one is not in use yet.
    signal.addEventListener('abort', link.drop)
    try {
      if (signal.aborted) throw new RecadoError('NETWORK', { message: 'The attempt was given up.' })
      // An SSE link is only known to work once it has answered something.
      if (hasToken && account !== undefined && link.transport === 'websocket') return link
      await identify(request => link.execute(request))
      return link
    } catch (thrown) {
      link.drop()
      throw closureOf(thrown)
    } finally {
      signal.removeEventListener('abort', link.drop)
    }
  }

  async function openNext(signal: AbortSignal): Promise<Link> {
    if (onSse) {
      try {
        return await openAs(options.openSse, signal)
      } catch (closure) {
        onSse = transport === 'sse'
        throw closure
      }
    }
    try {
      const link = await openAs(options.openWebSocket, signal)
      webSocketFailures = 0
      return link
    } catch (closure) {
      webSocketFailures += 1
      onSse = transport === 'auto' && webSocketFailures >= WEB_SOCKET_FAILURES_BEFORE_SSE
      throw closure
    }
  }

  /** Tries WebSockets beside an SSE link until one opens or the link is lost. */
  async function upgradeFrom(sse: Link): Promise<void> {
    const ending = new AbortController()
    sse.lost.then(() => ending.abort())
    const waits = createBackoff(UPGRADE_MIN_MS, UPGRADE_MAX_MS)
    while (!ending.signal.aborted) {
      await pause(waits.next(), ending.signal)
      if (ending.signal.aborted) return
      try {
        const link = await openAs(options.openWebSocket, ending.signal)
        if (ending.signal.aborted) return link.end()
        upgraded = link
        webSocketFailures = 0
        onSse = false
        sse.end()
        return
      } catch {
        // Still blocked.
      }
    }
  }

  async function run(): Promise<void> {
    while (state !== 'closed') {
      while (held !== undefined && !isClosed()) {
        if (state !== 'waiting') become('waiting', reason)
        await held.promise
      }
      if (isClosed()) return
      const { closure, wasOpen } = await connectOnce()
      if (isClosed()) return
      const error = errorOfClosure(closure)
      if (error.code === 'UNAUTHENTICATED') return endSession(error)
      become(upgraded === undefined ? 'waiting' : 'connecting', error)
      if (wasOpen) for (const attachment of [...attachments]) attachment.lost()
      if (upgraded === undefined && held === undefined) await wait(delayAfter(closure, error))
    }
  }

  /** One link, from the attempt to its end. */
  async function connectOnce(): Promise<{ closure: Closure; wasOpen: boolean }> {
    attempt = new AbortController()
    if (state !== 'connecting') become('connecting', reason)
    let link: Link
    try {
      link = upgraded ?? (await openNext(attempt.signal))
    } catch (thrown) {
      return { closure: isClosure(thrown) ? thrown : closureOf(thrown), wasOpen: false }
    } finally {
      upgraded = undefined
    }
    if (isClosed()) {
      link.end()
      return { closure: await link.lost, wasOpen: false }
    }
    const openedAt = performance.now()
    current = link
    become('open')
    cutAsking?.()
    for (const attachment of [...attachments]) if (current === link) attachment.opened(link)
    if (link.transport === 'sse' && transport === 'auto') void upgradeFrom(link)
    const closure = await link.lost
    current = undefined
    if (performance.now() - openedAt >= STABLE_MS) backoff.reset()
    return { closure, wasOpen: true }
  }

  function delayAfter(closure: Closure, error: RecadoError): number {
    if (SLOW_CODES.has(closure.code) || !error.retryable) return backoff.slow()
    if (closure.code === TRY_AGAIN_LATER) for (let i = 0; i < FAILURES_WORTH_OF_OVERLOAD; i += 1) backoff.next()
    return Math.max(backoff.next(), error.retryAfterMs ?? 0)
  }

  async function wait(milliseconds: number): Promise<void> {
    const cut = new AbortController()
    cutWait = () => cut.abort()
    await pause(milliseconds, AbortSignal.any([cut.signal, closing.signal]))
    cutWait = undefined
  }

  // A function, so that the compiler does not take the state for what it was before an await.
  function isClosed(): boolean {
    return closing.signal.aborted
  }

  function shut(error: RecadoError): void {
    if (isClosed()) return
    closing.abort()
    attempt.abort()
    held?.resolve()
    current?.end()
    upgraded?.end()
    become('closed', error)
    for (const attachment of [...attachments]) attachment.closed(error)
    attachments.clear()
  }

  function endSession(error: RecadoError): void {
    shut(error)
  }

  async function askAccount(): Promise<string> {
    const waits = newBackoff()
    for (;;) {
      if (account !== undefined) return account
      if (isClosed()) throw reason ?? new RecadoError('CLOSED')
      try {
        return await identify(request => http.execute(request, closing.signal))
      } catch (thrown) {
        const error = asRecadoError(thrown)
        if (error.code === 'UNAUTHENTICATED') endSession(error)
        else {
          const cut = new AbortController()
          cutAsking = () => cut.abort()
          await pause(error.retryable ? waits.next() : waits.slow(), AbortSignal.any([cut.signal, closing.signal]))
        }
      }
    }
  }

  return {
    get state() {
      return state
    },
    get reason() {
      return reason
    },

    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },

    attach(attachment) {
      if (isClosed()) {
        attachment.closed(reason ?? new RecadoError('CLOSED'))
        return () => {}
      }
      attachments.add(attachment)
      if (state === 'idle') void run()
      else if (current !== undefined) attachment.opened(current)
      return () => attachments.delete(attachment)
    },

    async send(request) {
      if (held !== undefined) throw new RecadoError('NETWORK', { message: 'The connection is held down.' })
      if (current?.transport === 'websocket' && JSON.stringify(request).length <= LONGEST_FRAME) {
        return current.execute(request)
      }
      // A cookie may have become somebody else's since; a socket's account is fixed.
      if (!hasToken) await identify(question => http.execute(question, closing.signal))
      return http.execute(request, closing.signal)
    },

    get knownAccount() {
      return account
    },

    account() {
      asking ??= askAccount()
      return asking
    },

    endSession,
    newBackoff,

    wake() {
      if (current !== undefined) current.check()
      else cutWait?.()
    },

    drop() {
      if (current !== undefined) current.drop()
      else attempt.abort()
    },

    hold() {
      held ??= Promise.withResolvers()
      this.drop()
    },
    release() {
      const waiting = held
      held = undefined
      waiting?.resolve()
    },
    get transport() {
      return current?.transport
    },

    async close() {
      const link = current
      shut(new RecadoError('CLOSED', { message: 'The client was closed.' }))
      await link?.lost
    },
  }
}

function isClosure(thrown: unknown): thrown is Closure {
  return typeof thrown === 'object' && thrown !== null && 'code' in thrown && typeof thrown.code === 'number'
}

function errorOfClosure(closure: Closure): RecadoError {
  if (closure.error !== undefined) return closure.error
  const message = `The connection ended: ${closure.code} ${closure.reason}`.trim()
  return new RecadoError(closure.code === SESSION_ENDED ? 'UNAUTHENTICATED' : 'NETWORK', { message })
}

/** Resolves after this time, or at once when the signal aborts. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    signal.addEventListener('abort', done)
  })
}
