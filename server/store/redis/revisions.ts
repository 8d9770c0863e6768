// Edits and deletions into the log, a batch in two script calls: what is revised is looked up first, so that the second
// is told all keys that it touches. And the look-up by itself.
import { type Entry, type MessageEntry, maySee, ORIGIN, type Position } from '../../domain/entry.ts'
import { Refusal } from '../../domain/errors.ts'
import type { RedisClient } from '../../redis/client.ts'
import type { Revised, Revision, Store } from '../store.ts'
import { createStrides } from '../strides.ts'
import type { Connection } from './connection.ts'
import { messageOfRows, stubFields } from './entries.ts'
import type { Assumption, History } from './history.ts'
import type { Keys } from './keys.ts'
import { runLogScript } from './log-scripts.ts'
import type { Encoded, LogWrites } from './log-writes.ts'
import { FIND, NOT_REVISED, REVISE } from './revise-script.ts'
import type { Answer, StoreBatch, WriteQueue } from './write-queue.ts'

export interface RevisionsOptions {
  readonly queue: WriteQueue
  readonly writes: LogWrites
  readonly reads: Connection
  readonly history: History
  readonly keys: Keys
}

/** A message that somebody asks for. */
interface Asked {
  readonly messageId: string
  readonly by: string
}

interface Found {
  readonly head: Position
  readonly floor: Position
  readonly answers: readonly {
    /** Whoever asks has not been deleted. */
    readonly lives: boolean
    /** Null: there is no such message. */
    readonly message: MessageEntry | null
  }[]
}

/** What REVISE answers for one revision. */
type Outcome = readonly [positionOrWhy: string, text: string]

const UNKNOWN = { status: 'unknown' } as const

export function createRevisions(options: RevisionsOptions): Pick<Store, 'revise' | 'message'> {
  const { queue, writes, reads, history, keys } = options
  const strides = createStrides()

  /** Null: another history. */
  async function find(client: RedisClient, assumed: Assumption, asked: readonly Asked[]): Promise<Found | null> {
    const names = [keys.texts, ...asked.map(({ by }) => keys.account(by))]
    const args = [assumed.epoch, assumed.known, ...asked.map(({ messageId }) => messageId)]
    const answer = (await runLogScript(client, FIND, keys, names, args)) as (number | string)[]
    if (answer.length === 0) return null
    const [head, floor] = answer as [Position, Position]
    const answers = asked.map((_, n) => {
      const [lives, position, stub, text] = answer.slice(2 + 4 * n, 6 + 4 * n) as [number, string, string, string]
      return { lives: lives === 1, message: position === '' ? null : messageOfRows(stubFields(stub), text, floor) }
    })
    return { head, floor, answers }
  }

  const store: StoreBatch<Revision, Revised> = async batch => {
    let floor: Position = ORIGIN
    let answers: Answer<Revised>[] = []
    /** Those that may be stored: the author of a message and whom it is for never change. */
    let tried: { readonly index: number; readonly revision: Revision; readonly message: MessageEntry }[] = []

    async function encode(client: RedisClient, assumed: Assumption): Promise<Encoded | null> {
      const found = await find(client, assumed, batch)
      if (!found) return null
      floor = found.floor
      tried = []
      answers = batch.map((revision, index) => {
        const { lives, message } = found.answers[index] as Found['answers'][number]
        const refusal = lives ? refusalOf(revision, message) : UNKNOWN
        if (refusal || !message) return refusal ?? UNKNOWN
        tried.push({ index, revision, message })
        return new Error('Redis did not answer for a revision.')
      })
      const names = [keys.texts]
      const args: (string | number)[] = []
      for (const { revision, message } of tried) {
        const { messageId, kind, text, at } = revision
        const { from, to } = message
        const means = to ? 'p' : revision.by === from.id ? '' : 'm'
        args.push(`${kind === 'edited' ? 'e' : 'd'}${means}`, strides.next(), messageId, at)
        args.push(JSON.stringify(text), from.id)
        names.push(keys.account(from.id), keys.revisedOf(from.id))
        if (to) {
          args.push(to.id)
          names.push(keys.revisionsOf(from.id), keys.revisionsOf(to.id), keys.countsOf(to.id))
        }
      }
      return { keys: names, args }
    }

    const outcomes = await writes.run<Outcome>(REVISE, encode, lastOf)
    const entries: Entry[] = []
    for (const [n, { index, revision, message }] of tried.entries()) {
      const outcome = outcomes[n]
      if (!outcome) continue
      const revised = revisedOf(revision, message, outcome, floor)
      answers[index] = revised
      if (revised.status === 'stored') entries.push(revised.entry)
    }
    writes.announce(entries)
    return answers
  }

  return {
    revise: revision => queue.add(store, revision),

    async message(viewer, messageId) {
      const { assumed, found } = await reads.run(async client => {
        const assumed = history.assume()
        return { assumed, found: await find(client, assumed, [{ messageId, by: viewer }]) }
      })
      if (!found || !history.confirm(assumed, found.head)) {
        await history.resolve()
        throw new Refusal(history.epoch === assumed.epoch ? 'STORAGE_UNAVAILABLE' : 'HISTORY_RESET')
      }
      const message = found.answers[0]?.message
      return message && maySee(viewer, message) ? message : null
    },
  }
}

/** Why it may not be; null: as far as what never changes goes, it may. In words that tell strangers nothing. */
function refusalOf({ by, kind, asAdministrator = false }: Revision, message: MessageEntry | null): Revised | null {
  if (!message || !maySee(by, message)) return UNKNOWN
  if (kind === 'edited' && message.deletedAt !== null) return UNKNOWN
  const mayRemove = asAdministrator && kind === 'deleted' && message.to === null
  return message.from.id === by || mayRemove ? null : { status: 'not-author' }
}

function revisedOf({ kind, at }: Revision, found: MessageEntry, [what, row]: Outcome, floor: Position): Revised {
  if (what === NOT_REVISED.unknown) return UNKNOWN
  const message = messageOfRows(found, row, floor)
  if (what === NOT_REVISED.unchanged) return { status: 'unchanged', message }
  const { from, to } = found
  return { status: 'stored', entry: { kind, position: Number(what), from, to, at, message } }
}

function lastOf(outcomes: readonly Outcome[]): Position | undefined {
  const stored = outcomes.findLast(([what]) => /^\d/.test(what))
  return stored && Number(stored[0])
}
