// Drafts into the log, a batch in one script call. A retry is answered with the message that its nonce had made.
import type { AccountRef, Entry, Position } from '../../domain/entry.ts'
import type { RedisClient } from '../../redis/client.ts'
import { nonceName } from '../nonce-name.ts'
import type { Appended, Draft } from '../store.ts'
import { createStrides } from '../strides.ts'
import type { Connection } from './connection.ts'
import { entryOfDraft, firstOf, messageOfRows, nonceRow, replyOf, stubFields, stubOf } from './entries.ts'
import type { Keys } from './keys.ts'
import { APPEND, OUTCOME } from './log-scripts.ts'
import type { Encoded, LogWrites } from './log-writes.ts'
import type { Answer, StoreBatch, WriteQueue } from './write-queue.ts'

export interface AppendsOptions {
  readonly queue: WriteQueue
  readonly writes: LogWrites
  readonly connection: Connection
  readonly keys: Keys
  /** Also of accounts that have been deleted. */
  accountById(id: string): Promise<AccountRef | null>
}

/** What APPEND answers for one draft. */
type Outcome =
  | Position
  | readonly [position: string, stub: string, text: string, floor: Position]
  | readonly [position: string, stub: '', row: string]

/** A message's id stands in the stub, from which scripts take it without reading JSON. */
const MESSAGE_ID = /^[\w-]{1,64}$/

export function createAppends(options: AppendsOptions): (draft: Draft) => Promise<Appended> {
  const { queue, writes, connection, keys, accountById } = options
  const strides = createStrides()

  const store: StoreBatch<Draft, Appended> = async batch => {
    const outcomes = await writes.run<Outcome>(
      APPEND,
      () => encode(batch),
      each => each.findLast(isStored),
    )
    const entries: Entry[] = []
    const answers = batch.map((draft, index): Answer<Appended> => {
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
    writes.announce(entries)
    return answers
  }

  function encode(batch: readonly Draft[]): Encoded {
    const names: string[] = [keys.texts]
    const args: (string | number)[] = []
    for (const draft of batch) {
      const { messageId, from, to, text, nonce, replyTo } = draft
      const flags = `${nonce ? 'n' : ''}${to ? 'p' : ''}${replyTo ? 'r' : ''}`
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
      if (replyTo) args.push(replyOf(replyTo))
    }
    return { keys: names, args }
  }

  function repeated(draft: Draft, outcome: Exclude<Outcome, number>): Answer<Appended> {
    const [, stub, row, floor] = outcome
    if (floor === undefined) return repeatedAfterTrim(draft, row)
    return { status: 'stored', entry: messageOfRows(stubFields(stub), row, floor), repeated: true }
  }

  /** The retry brings the text, for its digest says that it is the same; the nonce remembers what may differ. */
  async function repeatedAfterTrim({ from, text }: Draft, row: string): Promise<Appended> {
    const first = nonceRow(row)
    const [to, revisedAt] = await Promise.all([
      first.toId === null ? null : accountById(first.toId),
      connection.run((client: RedisClient) => client.hget(keys.revisedOf(from.id), first.messageId)),
    ])
    const entry = firstOf(first, from, to && { id: to.id, username: to.username }, revisedAt)
    return { status: 'stored', entry: { ...entry, text: entry.text ?? text }, repeated: true }
  }

  return draft => {
    if (!MESSAGE_ID.test(draft.messageId)) return Promise.reject(new Error('A message id is 1 to 64 of A-Za-z0-9_-.'))
    return queue.add(store, draft)
  }
}

function isStored(outcome: Outcome): outcome is Position {
  return typeof outcome === 'number' && outcome > 0
}
