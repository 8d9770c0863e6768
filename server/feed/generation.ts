// Everything that is built upon one history of the log: its tail, the feeds that run on it, the chain that follows it.
// When the log turns out to be another history (log.ts), all of it goes and is built anew: nothing that was read,
// queued or waited for under the old one can reach anybody under the new one.
import { isRevision, type LogItem, type Position } from '../domain/entry.ts'
import type { Refusal } from '../domain/errors.ts'
import type { Store } from '../store/store.ts'
import { type CatchUp, createCatchUp } from './catch-up.ts'
import { type Chain, type ChainTimes, createChain } from './chain.ts'
import type { Feed } from './feed.ts'
import { createHub, type Hub } from './hub.ts'
import { createTail, type Tail, type TailStart } from './tail.ts'

export interface GenerationOptions {
  readonly store: Pick<Store, 'epoch' | 'head' | 'newest' | 'read' | 'follow' | 'check' | 'trimmed'>
  readonly tailEntries: number
  /** Called once for each feed that is closed. */
  onClosed(feed: Feed): void
  onDelivered?(count: number): void
  onError(error: unknown): void
  readonly chainTimes?: Partial<ChainTimes>
  /** Given the chain before anything is read: what a bus says goes there from now on. */
  follow(chain: Chain): void
}

export interface Generation {
  readonly epoch: string
  readonly tail: Tail
  readonly hub: Hub
  readonly catchUp: CatchUp
  readonly chain: Chain
  /** Ends its feeds with this cause, at once; nothing more comes of it. */
  end(cause: Refusal): void
}

/** Reads the newest entries and follows the log from there. Null: it became another history while it was read. */
export async function createGeneration(options: GenerationOptions): Promise<Generation | null> {
  const { store, tailEntries, onClosed, onDelivered, onError, chainTimes, follow } = options
  const { epoch } = store
  // The chain holds what comes until it is started: nothing slips in between, and what both have is taken once.
  const chain = createChain({
    store,
    serves: accountId => hub.serves(accountId),
    pass,
    flushed: () => hub.flushed(),
    renew,
    onError,
    ...(chainTimes ? { times: chainTimes } : {}),
  })
  follow(chain)

  function pass(items: readonly LogItem[]): void {
    hub.receive(items)
    const revisions = items.filter(isRevision)
    if (revisions.length > 0) catchUp.revise(revisions)
  }

  async function newestOfLog(): Promise<TailStart> {
    const head = store.head()
    const initial = await store.newest(tailEntries)
    // Only now, so that it covers whatever was trimmed before the entries were read.
    return { initial, whole: initial.length < tailEntries, trimmed: await store.trimmed(null), head }
  }

  async function renew(): Promise<Position | null> {
    if ((await store.trimmed(null)) <= tail.head) return null
    const start = await newestOfLog()
    await hub.flushed()
    tail.renew(start)
    hub.demoteAll()
    return tail.head
  }

  const start = await newestOfLog()
  if (store.epoch !== epoch) return null
  const tail = createTail({ capacity: Math.max(1, tailEntries), ...start })
  const observer = onDelivered ? { onDelivered } : {}
  const hub: Hub = createHub({ tail, onDemoted: feed => catchUp.start(feed), onClosed, onError, ...observer })
  const catchUp = createCatchUp({ tail, store, hub, onError, ...observer })
  chain.start(tail.head)
  return {
    epoch,
    tail,
    hub,
    catchUp,
    chain,
    end(cause) {
      chain.stop(cause)
      hub.endAll(cause)
    },
  }
}
