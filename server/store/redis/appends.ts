// The queue before Redis. Appends come in from anywhere in the program; they leave in batches, one batch at a time:
// whatever arrives while one is under way shares the next, so one round trip serves many senders and the order of the
// calls is the order of the log.
import type { AccountRef, Entry, Position } from '../../domain/entry.ts'
import { Refusal } from '../../domain/errors.ts'
import type { RedisClient } from '../../redis/client.ts'
import { nonceName } from '../nonce-name.ts'
import type { Appended, Draft, StoreEvents } from '../store.ts'
import type { StoreLog } from '../store-log.ts'
import { createStrides } from '../strides.ts'
import type { Connection } from './connection.ts'
import { entryOf, entryOfDraft, firstOf, nonceRow, stubOf } from './entries.ts'
import type { Assumption, History } from './history.ts'
import type { Keys } from './keys.ts'
import { APPEND, OUTCOME } from './log-scripts.ts'
import { isUnknownScript, runScript } from './script.ts'

export interface AppendsOptions {
  readonly connection: Connection
  readonly history: History
  readonly keys: Keys
  readonly events: StoreEvents
  readonly log: StoreLog
  /** Also of accounts that have been deleted. */
  accountById(id: string): Promise<AccountRef | null>
  /** Milliseconds since 1970. */
  readonly clock: () => number
  readonly limits: AppendLimits
  /** Replicas that must have a batch before it is acknowledged, and how long they may take, in milliseconds. */
  readonly replicas: { readonly count: number; readonly timeoutMs: number }
}

export interface AppendLimits {
  /** Drafts in one batch: Redis does nothing else for about 10 µs each. */
  readonly batch: number
  /** Characters of text in one batch. */
  readonly batchText: number
  /** Drafts that wait or are under way; more are refused at once. */
  readonly drafts: number
  /** Characters of their texts. */
  readonly text: number
}

export interface Appends {
  append(draft: Draft): Promise<Appended>
  /** What is appended from now on waits for this write, so that it takes effect first: a deletion of an account. */
  after(write: Promise<unknown>): void
  /** Resolves once what was accepted has been answered. Nothing is accepted afterwards. */
  close(): Promise<void>
}

interface Waiting {
  readonly draft: Draft
  resolve(appended: Appended | Promise<Appended>): void
  reject(error: Error): void
}

/** What APPEND answers for one draft. */
type Outcome = Position | readonly [position: string, stub: string, textOrRow: string]

/** A message's id stands in the stub, from which scripts take it without reading JSON. */
const MESSAGE_ID = /^[\w-]{1,64}$/

export function createAppends(options: AppendsOptions): Appends {
  const { connection, history, keys, events, log, accountById, clock, limits, replicas } = options
  const queue: Waiting[] = []
  let underWay = false
  let scheduled = false
  let closed = false
  /** Of `queue` and of the batch under way. */
  let accepted = 0
  let acceptedText = 0
  let whenIdle: (() => void) | null = null
  const before = new Set<Promise<unknown>>()
  const strides = createStrides()

  function append(draft: Draft): Promise<Appended> {
    if (!MESSAGE_ID.test(draft.messageId)) return Promise.reject(new Error('A message id is 1 to 64 of A-Za-z0-9_-.'))
    const full = accepted >= limits.drafts || acceptedText + draft.text.length > limits.text
    if (closed || full || !connection.isUp) return Promise.reject(new Refusal('STORAGE_UNAVAILABLE'))
    const { promise, resolve, reject } = Promise.withResolvers<Appended>()
    queue.push({ draft, resolve, reject })
    accepted += 1
    acceptedText += draft.text.length
    schedule()
    return promise
  }

  /** At the end of this turn of the event loop, so that everything that came with one poll of the sockets shares it. */
  function schedule(): void {
    if (scheduled || underWay) return
    scheduled = true
    setImmediate(() => {
      scheduled = false
      void sendNext()
    })
  }

  function nextBatch(): Waiting[] {
    let size = 0
    let text = 0
    for (const { draft } of queue) {
      text += draft.text.length
      if (size === limits.batch || (size > 0 && text > limits.batchText)) break
      size++
    }
    return queue.splice(0, size)
  }

  async function sendNext(): Promise<void> {
    if (underWay || queue.length === 0) return
    underWay = true
    if (before.size > 0) await Promise.allSettled(before)
    const batch = nextBatch()
    try {
      const outcomes = await store(batch)
      settle(batch, outcomes)
    } catch (error) {
      for (const waiting of batch) {
        forget(waiting)
        waiting.reject(error as Error)
      }
    }
    underWay = false
    if (queue.length > 0) schedule()
    else whenIdle?.()
  }

  /** Once more where it was another history: nothing was stored then. */
  async function store(batch: readonly Waiting[]): Promise<readonly Outcome[]> {
    for (let attempt = 1; attempt <= 2; attempt++) {
      const outcomes = await attemptTo(batch)
      if (outcomes) return outcomes
      await history.resolve()
    }
    throw new Refusal('STORAGE_UNAVAILABLE')
  }

  /** Null: another history. */
  function attemptTo(batch: readonly Waiting[]): Promise<readonly Outcome[] | null> {
    return connection.run(async client => {
      const assumed = history.assume()
      const { keys: names, args } = encode(batch, assumed)
      const [answer, haveIt] =
        replicas.count > 0
          ? await runAndWait(client, names, args)
          : [await runScript(client, APPEND, names, args), Number.POSITIVE_INFINITY]
      if (answer === 0) return null
      const outcomes = answer as readonly Outcome[]
      const last = outcomes.findLast(outcome => typeof outcome === 'number' && outcome > 0)
      if (last !== undefined) history.confirm(assumed, last as Position)
      if (haveIt < replicas.count) {
        log.error({ have: haveIt, want: replicas.count }, 'too few replicas have what was appended')
        throw new Refusal('STORAGE_UNAVAILABLE')
      }
      return outcomes
    })
  }

  /** WAIT counts for the connection that wrote, so both go out together. */
  async function runAndWait(client: RedisClient, names: readonly string[], args: readonly (string | number)[]) {
    const send = async (isKnown: boolean) => {
      const pipeline = client.pipeline()
      if (isKnown) pipeline.evalsha(APPEND.sha, names.length, ...names, ...args)
      else pipeline.eval(APPEND.lua, names.length, ...names, ...args)
      pipeline.wait(replicas.count, replicas.timeoutMs)
      return (await pipeline.exec()) ?? []
    }
    let [appended, waited] = await send(true)
    if (isUnknownScript(appended?.[0])) [appended, waited] = await send(false)
    const failure = appended?.[0] ?? waited?.[0]
    if (failure) throw failure
    return [appended?.[1], Number(waited?.[1])] as const
  }

  function encode(batch: readonly Waiting[], { epoch, known }: Assumption) {
    const names = [keys.meta, keys.public, keys.private, keys.texts]
    const args: (string | number)[] = [epoch, known, clock() * 1000, keys.all, keys.user]
    for (const { draft } of batch) {
      const { messageId, from, to, text, nonce } = draft
      const flags = `${nonce ? 'n' : ''}${to ? 'p' : ''}`
      names.push(keys.account(from.id))
      args.push(flags, strides.next(), messageId, stubOf(draft), JSON.stringify(text))
      if (nonce) {
        names.push(keys.noncesOf(from.id))
        args.push(nonceName(nonce.key), Buffer.from(nonce.digest).toString('base64url'), draft.sentAt)
      }
      if (to) {
        names.push(keys.account(to.id), keys.privateOf(from.id), keys.privateOf(to.id), keys.between(from.id, to.id))
        args.push(from.id, to.id)
      }
    }
    return { keys: names, args }
  }

  function settle(batch: readonly Waiting[], outcomes: readonly Outcome[]): void {
    const entries: Entry[] = []
    const answers = batch.map(({ draft }, index): Appended | Promise<Appended> | Error => {
      const outcome = outcomes[index]
      if (outcome === undefined) return new Error('Redis did not answer for a message.')
      if (typeof outcome !== 'number') return repeated(draft, outcome)
      switch (outcome) {
        case OUTCOME.nonceReused:
          return { status: 'nonce-reused' }
        case OUTCOME.goneFrom:
          return { status: 'gone', who: 'from' }
        case OUTCOME.goneTo:
          return { status: 'gone', who: 'to' }
        case OUTCOME.idTaken:
          return new Error(`The log has a message ${draft.messageId} already.`)
      }
      const entry = entryOfDraft(outcome, draft)
      entries.push(entry)
      return { status: 'stored', entry, repeated: false }
    })
    announce(entries)
    for (const [index, waiting] of batch.entries()) {
      forget(waiting)
      const answer = answers[index] as Exclude<(typeof answers)[number], undefined>
      if (answer instanceof Error) waiting.reject(answer)
      else waiting.resolve(answer)
    }
  }

  function repeated(draft: Draft, [position, stub, rest]: Exclude<Outcome, number>): Appended | Promise<Appended> {
    if (stub === '') return repeatedAfterTrim(draft, rest)
    return { status: 'stored', entry: entryOf(Number(position), stub, rest), repeated: true }
  }

  /** The retry brings the text, for its digest says that it is the same; the nonce remembers what may differ. */
  async function repeatedAfterTrim({ from, text }: Draft, row: string): Promise<Appended> {
    const first = nonceRow(row)
    const to = first.toId === null ? null : await accountById(first.toId)
    const recipient = to && { id: to.id, username: to.username }
    return { status: 'stored', entry: { ...firstOf(first, from, recipient), text }, repeated: true }
  }

  function announce(entries: readonly Entry[]): void {
    if (entries.length === 0) return
    try {
      events.committed(entries)
    } catch (error) {
      log.error({ err: error }, 'what is told of committed entries must not throw')
    }
  }

  function forget({ draft }: Waiting): void {
    accepted -= 1
    acceptedText -= draft.text.length
  }

  return {
    append,
    after(write) {
      before.add(write)
      const done = () => void before.delete(write)
      write.then(done, done)
    },
    async close() {
      closed = true
      if (underWay || queue.length > 0) {
        await new Promise<void>(resolve => {
          whenIdle = resolve
        })
      }
    },
  }
}
