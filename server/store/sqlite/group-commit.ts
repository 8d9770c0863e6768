// The queue before the writer thread. Calls come in from anywhere in the program; they leave in batches, one batch at a
// time, each one transaction: whatever arrives while a commit runs shares the next, so one fsync serves many senders.
import { setTimeout as delay } from 'node:timers/promises'
import { backoffMs } from '../../domain/backoff.ts'
import { type Entry, type MessageEntry, type Position, UNREVISED } from '../../domain/entry.ts'
import { Refusal } from '../../domain/errors.ts'
import type { Appended, Draft, Revised, Revision, StoreEvents } from '../store.ts'
import type { StoreLog } from '../store-log.ts'
import type { AppendOutcome, KnownHistory, Outcome, WriteCall, Writes } from './calls.ts'
import type { Identity } from './database-file.ts'
import { errorText } from './sqlite-errors.ts'
import type { WriterLink } from './writer-link.ts'

const FIRST_RETRY_MS = 50
const LONGEST_RETRY_MS = 5_000

export interface GroupCommitOptions {
  /** Starts a writer on the file. Once something is known of it: on that very log, or it rejects. */
  readonly startWriter: (known: KnownHistory | null) => Promise<WriterLink>
  readonly events: StoreEvents
  readonly log: StoreLog
  /** Milliseconds since 1970. */
  readonly clock: () => number
  readonly limits: QueueLimits
}

/** Beyond `calls` or `bytes` a write is refused at once. */
export interface QueueLimits {
  /** Calls in one transaction. */
  readonly batch: number
  /** Calls that wait or are being committed. */
  readonly calls: number
  /** Their texts, at two bytes a character. */
  readonly bytes: number
}

export interface GroupCommit {
  readonly identity: Identity
  readonly head: Position
  append(draft: Draft): Promise<Appended>
  revise(revision: Revision): Promise<Revised>
  write<Name extends Exclude<keyof Writes, 'append' | 'revise'>>(
    name: Name,
    ...args: Parameters<Writes[Name]>
  ): Promise<ReturnType<Writes[Name]>>
  /** Commits what was accepted, then refuses everything. Ends the writer after `beforeClose`. */
  close(beforeClose: () => Promise<void>): Promise<void>
}

interface Waiting {
  readonly call: WriteCall
  readonly bytes: number
  resolve(value: unknown): void
  reject(error: Error): void
}

/**
 *         batch failed or thread died                close()
 *  open ─────────────────────────────▶ recovering ─────────────▶ closed
 *   ▲ │                                    │                        ▲
 *   │ │         new writer, missed         │                        │
 *   │ │         entries announced          │                        │
 *   │ └──────────────────── close(): the queue is committed ────────┘
 *   └──────────────────────────────────────┘
 */
type State = 'open' | 'recovering' | 'closed'

/** Starts the first writer; rejects as `startWriter` does. */
export async function createGroupCommit(options: GroupCommitOptions): Promise<GroupCommit> {
  const { startWriter, events, log, clock, limits } = options
  let writer = await startWriter(null)
  const { identity } = writer.opened
  /** The last position that was announced. Rises only in `announce`. */
  let head = writer.opened.head
  let state: State = 'open'
  /** Calls that were accepted and wait for a batch. Empty unless `open`. */
  let queue: Waiting[] = []
  let inFlight = false
  /** Of `queue` and of the batch in flight. */
  let acceptedCalls = 0
  let acceptedBytes = 0
  let scheduled = false
  /** Writers that failed since the last commit that worked. */
  let failures = 0
  let closing: Promise<void> | null = null
  let whenIdle: (() => void) | null = null
  const stop = new AbortController()
  let recovery: Promise<void> | null = null

  watch(writer)

  function watch(link: WriterLink): void {
    void link.gone.then(reason => {
      if (link === writer && state === 'open') fail(reason)
    })
  }

  function announce(entries: readonly Entry[], newHead: Position): void {
    head = newHead
    if (entries.length === 0) return
    try {
      events.committed(entries)
    } catch (error) {
      log.error({ err: error }, 'what is told of committed entries must not throw')
    }
  }

  function accept(call: WriteCall, bytes: number): Promise<unknown> {
    const full = acceptedCalls >= limits.calls || acceptedBytes + bytes > limits.bytes
    if (state !== 'open' || closing || full) return Promise.reject(new Refusal('STORAGE_UNAVAILABLE'))
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    queue.push({ call, bytes, resolve, reject })
    acceptedCalls += 1
    acceptedBytes += bytes
    schedule()
    return promise
  }

  /** At the end of this turn of the event loop, so that everything that came with one poll of the sockets shares it. */
  function schedule(): void {
    if (scheduled || inFlight) return
    scheduled = true
    setImmediate(() => {
      scheduled = false
      void commitNext()
    })
  }

  async function commitNext(): Promise<void> {
    if (state !== 'open' || inFlight || queue.length === 0) return
    const batch = queue.slice(0, limits.batch)
    queue = queue.slice(limits.batch)
    inFlight = true
    const started = performance.now()
    let committed: Awaited<ReturnType<WriterLink['commit']>>
    try {
      committed = await writer.commit(
        batch.map(waiting => waiting.call),
        clock(),
      )
    } catch (error) {
      inFlight = false
      refuse(batch)
      fail(errorText(error))
      return
    }
    inFlight = false
    events.written?.((performance.now() - started) / 1000)
    failures = 0
    settle(batch, committed.outcomes, committed.head)
    if (queue.length > 0) schedule()
    else whenIdle?.()
  }

  function settle(batch: readonly Waiting[], outcomes: readonly Outcome[], newHead: Position): void {
    const entries: Entry[] = []
    const answers = batch.map(({ call }, index) => {
      const outcome = outcomes[index] ?? { failure: `${call.name} was not answered` }
      if (!('value' in outcome)) return outcome
      if (call.name === 'revise') {
        const value = outcome.value as Revised
        if (value.status === 'stored') entries.push(value.entry)
      }
      if (call.name !== 'append') return outcome
      const [draft] = call.args
      const value = toAppended(draft, outcome.value as AppendOutcome)
      if (value.status === 'stored' && !value.repeated) entries.push(value.entry)
      return { value }
    })
    announce(entries, newHead)
    for (const [index, waiting] of batch.entries()) {
      forget(waiting)
      const answer = answers[index]
      if (answer && 'value' in answer) waiting.resolve(answer.value)
      else waiting.reject(new Error(answer?.failure))
    }
  }

  function forget(waiting: Waiting): void {
    acceptedCalls -= 1
    acceptedBytes -= waiting.bytes
  }

  function fail(reason: string): void {
    if (state !== 'open') return
    state = 'recovering'
    events.writable?.(false)
    log.error({ reason, refused: queue.length }, 'the log can not be written, opening it again')
    refuse(queue)
    queue = []
    recovery = recover()
    if (acceptedCalls === 0) whenIdle?.()
  }

  function refuse(batch: readonly Waiting[]): void {
    for (const waiting of batch) {
      forget(waiting)
      waiting.reject(new Refusal('STORAGE_UNAVAILABLE'))
    }
    if (acceptedCalls === 0) whenIdle?.()
  }

  /** Opens the file again, until it works. Nothing is accepted before what was missed has been announced. */
  async function recover(): Promise<void> {
    await writer.end()
    while (!stop.signal.aborted) {
      try {
        await delay(backoffMs(failures++, FIRST_RETRY_MS, LONGEST_RETRY_MS), undefined, { signal: stop.signal })
        const successor = await startWriter({ epoch: identity.epoch, head })
        if (!stop.signal.aborted) {
          writer = successor
          announce(successor.opened.missed, successor.opened.head)
          state = 'open'
          events.writable?.(true)
          watch(successor)
          log.warn({ announced: successor.opened.missed.length }, 'the log can be written again')
          return
        }
        await successor.close()
      } catch (error) {
        if (!stop.signal.aborted) log.error({ err: error, failures }, 'the log can not be opened')
      }
    }
  }

  async function close(beforeClose: () => Promise<void>): Promise<void> {
    if (acceptedCalls > 0) {
      await new Promise<void>(resolve => {
        whenIdle = resolve
      })
    }
    const wasOpen = state === 'open'
    state = 'closed'
    stop.abort()
    await recovery
    await beforeClose()
    if (wasOpen) await writer.close()
  }

  return {
    identity,
    get head() {
      return head
    },
    append: draft => accept({ name: 'append', args: [draft] }, draft.text.length * 2) as Promise<Appended>,
    revise: revision => accept({ name: 'revise', args: [revision] }, revision.text.length * 2) as Promise<Revised>,
    write: (name, ...args) =>
      accept({ name, args } as unknown as WriteCall, 0) as Promise<ReturnType<Writes[typeof name]>>,
    close(beforeClose) {
      closing ??= close(beforeClose)
      return closing
    },
  }
}

function toAppended(draft: Draft, outcome: AppendOutcome): Appended {
  switch (outcome.status) {
    case 'repeated':
      return { status: 'stored', entry: outcome.entry, repeated: true }
    case 'stored': {
      const { messageId, from, to, text, sentAt, replyTo } = draft
      const { position } = outcome
      const entry: MessageEntry = {
        kind: 'added',
        position,
        messageId,
        from,
        to,
        text,
        sentAt,
        replyTo,
        ...UNREVISED,
      }
      return { status: 'stored', entry, repeated: false }
    }
    default:
      return outcome
  }
}
