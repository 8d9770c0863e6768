// Which history this store serves: its name, its head, and what is known of it. Redis may turn out to hold another one
// (a lagging replica was promoted, a backup restored, everything deleted); it is found out by position, never by run
// ids, since servers come and go without the history changing. Then it gets another name, once for all nodes.
import { randomBytes } from 'node:crypto'
import { ORIGIN, type Position } from '../../domain/entry.ts'
import type { RedisClient } from '../../redis/client.ts'
import { newEpoch } from '../epoch.ts'
import type { StoreEvents } from '../store.ts'
import type { StoreLog } from '../store-log.ts'
import { FORMAT } from './format.ts'
import type { Keys } from './keys.ts'
import { HISTORY, runLogScript } from './log-scripts.ts'

/** What a call took for the truth when it was sent. */
export interface Assumption {
  readonly epoch: string
  /** In the log of this history; ORIGIN: nothing is known to be. */
  readonly known: Position
}

export interface History {
  readonly epoch: string
  readonly secret: Uint8Array
  /** The last position that this store has seen. */
  readonly head: Position
  /** To be checked by what is sent now. */
  assume(): Assumption
  /** The assumption held, and this was the head. False: it is not that history any more; ask `resolve`. */
  confirm(assumed: Assumption, head: Position): boolean
  /**
   * Asks Redis which history it holds, and takes it: where it is another one, `StoreEvents.reset` was called before this
   * resolves. The question is asked after this is called. Rejects as the connection does, which is down while the space
   * is being imported or of a newer version.
   */
  resolve(question?: Question): Promise<void>
}

export interface Question {
  /** An assumption that did not hold. Default: what `assume` says when the question has its turn. */
  readonly doubt?: Assumption
  /** Where to ask. Default: on the connection that writes. */
  readonly on?: RedisClient
}

export interface HistoryOptions {
  readonly keys: Keys
  readonly events: StoreEvents
  readonly log: StoreLog
  /** The last position that this node knows of otherwise: what its bus brought. */
  lastKnown(): Position
  /** Runs it on the connection that writes. */
  run(action: (client: RedisClient) => Promise<Identity>): Promise<Identity>
}

/** What a store needs to know to open a space. */
export interface Identity {
  readonly epoch: string
  readonly secret: Uint8Array
  readonly head: Position
  readonly format: number
}

/**
 * Reads the identity of the space, giving it one when it has none.
 * @param format what its format is from now on, if it is lower
 */
export async function openHistory(client: RedisClient, keys: Keys, format = 0): Promise<Identity> {
  return identityOf(client, keys, { epoch: '', known: ORIGIN }, randomBytes(32), format)
}

async function identityOf(
  client: RedisClient,
  keys: Keys,
  { epoch, known }: Assumption,
  secret: Uint8Array,
  least: number,
): Promise<Identity> {
  const words = [newEpoch(), Buffer.from(secret).toString('base64url'), keys.all]
  const answer = await runLogScript(client, HISTORY, keys, [], [epoch, known, ...words, FORMAT, least])
  const [found, head, kept, format] = answer as [string, number, string, string]
  return { epoch: found, head, secret: new Uint8Array(Buffer.from(kept, 'base64url')), format: Number(format) }
}

export function createHistory(identity: Identity, options: HistoryOptions): History {
  const { keys, events, log, lastKnown, run } = options
  let { epoch, secret, head } = identity
  /** What `lastKnown` said of the history before: not to be believed until it says something else. */
  let stale: Position | null = null
  /** The last answer was of a space that is not to be taken. */
  let isKeptOff = false
  /** Questions are asked one after the other, so that their answers are taken in order. */
  let last: Promise<void> = Promise.resolve()
  /** A question without a position that waits for its turn: one is enough for all. */
  let next: Promise<void> | null = null

  function known(): Position {
    const theirs = lastKnown()
    if (theirs === stale) return head
    stale = null
    return Math.max(head, theirs)
  }

  /** Throws where the connection hears of it: it is down then, and asks again until the answer is another one. */
  function takeable(found: Identity): Identity {
    const wasKeptOff = isKeptOff
    isKeptOff = found.format > FORMAT || found.epoch === ''
    if (!isKeptOff) return found
    if (!wasKeptOff) {
      log.error({ format: found.format }, 'the space is being imported, or of a newer version: it is left alone')
    }
    throw new Error('the space is being imported, or of a newer version')
  }

  async function ask({ doubt, on }: Question): Promise<void> {
    // A doubt about the history before this one says nothing about this one.
    const assumed = doubt?.epoch === epoch ? doubt : { epoch, known: known() }
    const find = async (client: RedisClient) => takeable(await identityOf(client, keys, assumed, secret, FORMAT))
    const found = await (on ? find(on) : run(find))
    if (found.epoch === epoch) {
      head = Math.max(head, found.head)
      return
    }
    log.error(
      { was: epoch, is: found.epoch, head: found.head, known: assumed.known },
      'Redis holds another history: it lost what was there, or it has been restored from a backup',
    )
    const theirs = lastKnown()
    stale = theirs === ORIGIN ? null : theirs
    epoch = found.epoch
    secret = found.secret
    head = found.head
    try {
      events.reset?.()
    } catch (error) {
      log.error({ err: error }, 'what is told of another history must not throw')
    }
  }

  function enqueue(question: Question): Promise<void> {
    const asked = last
      .catch(() => {})
      .then(() => {
        if (asked === next) next = null
        return ask(question)
      })
    last = asked
    return asked
  }

  return {
    get epoch() {
      return epoch
    },
    get secret() {
      return secret
    },
    get head() {
      return head
    },
    assume: () => ({ epoch, known: known() }),
    confirm(assumed, itsHead) {
      if (assumed.epoch !== epoch) return false
      head = Math.max(head, itsHead)
      return true
    },
    resolve(question) {
      if (question) return enqueue(question)
      next ??= enqueue({})
      return next
    },
  }
}
