// From a subscription operation to a running feed: its place is checked, its group found, its feed opened. Sockets get
// frames from the fan-out; SSE streams get the same encoded results through a queue; operations that can't be shared
// get plain events, and graphql-js renders them.
import type { CursorCodec } from '../domain/cursor.ts'
import type { Position } from '../domain/entry.ts'
import { Refusal } from '../domain/errors.ts'
import { entryBytes } from '../feed/chunk.ts'
import type { Batch } from '../feed/feed.ts'
import type { Log } from '../feed/log.ts'
import type { Presence } from '../feed/presence.ts'
import { createFeedQueue, type FeedQueue } from '../feed/queue.ts'
import { type Context, requireViewer } from '../graphql/context.ts'
import type { EventShape, MessageShape, UserShape } from '../graphql/shapes.ts'
import type { Group } from './fan-out/group.ts'
import type { Groups } from './fan-out/groups.ts'
import type { FeedOperation } from './fan-out/operation.ts'
import type { Peer } from './peer.ts'
import { watchPresence } from './presence-watch.ts'
import { type OnEnded, SocketFeed } from './socket-feed.ts'

/** An execution result that is encoded already, and where a stream that ends after it may be resumed. */
export interface EncodedResult {
  readonly json: Buffer
  /** Null: presence, which has no place in the log. */
  readonly cursor: string | null
}

export interface Subscriptions {
  /** Where a feed of this operation begins; null: now. Refusals as in schema.graphql. */
  place(context: Context, since: string | null): Promise<Position | null>
  /**
   * Runs the operation on a socket, under an id that is free.
   * @param since a place of this account
   * @throws Refusal SUBSCRIPTION_LIMIT
   */
  onSocket(peer: Peer, operationId: string, operation: FeedOperation, since: Position | null, onEnded: OnEnded): void
  asStream(context: Context, operation: FeedOperation): Promise<AsyncIterableIterator<EncodedResult>>
  /** What the resolvers' own `subscribe` functions yield. */
  readonly sources: {
    messages(context: Context, since: string | null): Promise<AsyncIterable<MessageShape>>
    events(context: Context, since: string | null): Promise<AsyncIterable<EventShape>>
    presence(context: Context): Promise<AsyncIterable<readonly UserShape[]>>
  }
}

export interface SubscriptionsOptions {
  readonly log: Pick<Log, 'open' | 'locate'>
  readonly presence: Presence
  readonly cursors: CursorCodec
  /** The registry of groups; late, since it needs the schema, which needs `sources`. */
  groups(): Groups
  readonly backlogBytes: number
  onError(error: unknown): void
}

/** Lane of the feeds that graphql-js renders one by one: nothing to make ready. */
const UNSHARED = { prepare() {} }

export function createSubscriptions(options: SubscriptionsOptions): Subscriptions {
  const { log, presence, cursors, groups, backlogBytes, onError } = options

  async function place(context: Context, since: string | null): Promise<Position | null> {
    const { account } = requireViewer(context)
    if (since === null) return null
    const position = cursors.decode(since)
    await log.locate(account.id, position)
    return position
  }

  /** Runs a feed into a queue. The reader's return ends the feed, and the other way round. */
  async function openQueue<Item>(
    context: Context,
    since: Position | null,
    lane: Group | typeof UNSHARED,
    queue: FeedQueue<Item>,
    onReturn: () => void,
  ): Promise<FeedQueue<Item>> {
    const { account } = requireViewer(context)
    const handle = await log.open({ accountId: account.id, lane, sink: queue, since })
    queue.onDrained = () => handle.resume()
    queue.onReturn = () => {
      handle.close()
      onReturn()
    }
    return queue
  }

  return {
    place,

    onSocket(peer, operationId, operation, since, onEnded) {
      const { accountId } = peer
      if (accountId === null) throw new Refusal('UNAUTHENTICATED')
      const seat = groups().join(operation, peer.address)
      const feed = new SocketFeed(peer, operationId, seat, onEnded)
      if (operation.field === 'onPresence') {
        feed.attach(watchPresence(presence, seat.group, feed, onError))
      } else {
        log.open({ accountId, lane: seat.group, sink: feed, since }).then(
          handle => feed.attach(handle),
          error => feed.ended(error),
        )
      }
    },

    async asStream(context, operation) {
      const since = await place(context, operation.since)
      const seat = groups().join(operation, context.address)
      const { group } = seat
      const release = () => seat.release()
      const queue = createFeedQueue<EncodedResult>({
        backlogBytes,
        render: (batch: Batch) =>
          batch.entries.map(entry => {
            const json = group.payload(entry)
            return { item: { json, cursor: cursors.encode(entry.position) }, bytes: json.length }
          }),
        renderCaughtUp(mark) {
          const json = group.caughtUp(mark)
          return json && { item: { json, cursor: cursors.encode(mark.position) }, bytes: json.length }
        },
      })
      try {
        if (operation.field !== 'onPresence') return await openQueue(context, since, group, queue, release)
      } catch (error) {
        release()
        throw error
      }
      const watch = watchPresence(
        presence,
        group,
        {
          get congested() {
            return queue.congested
          },
          deliverValue: json => queue.push({ json, cursor: null }, json.length),
        },
        onError,
      )
      queue.onDrained = () => watch.resume()
      queue.onReturn = () => {
        watch.close()
        release()
      }
      return queue
    },

    sources: {
      async messages(context, since) {
        const queue = createFeedQueue<MessageShape>({
          backlogBytes,
          render: batch => batch.entries.map(entry => ({ item: entry, bytes: entryBytes(entry) })),
          renderCaughtUp: () => null,
        })
        return openQueue(context, await place(context, since), UNSHARED, queue, () => {})
      },
      async events(context, since) {
        const queue = createFeedQueue<EventShape>({
          backlogBytes,
          render: batch => batch.entries.map(entry => ({ item: entry, bytes: entryBytes(entry) })),
          renderCaughtUp: ({ position, replayed }) => ({
            item: { kind: 'caught-up', cursor: cursors.encode(position), replayed },
            bytes: 256,
          }),
        })
        return openQueue(context, await place(context, since), UNSHARED, queue, () => {})
      },
      async presence(context) {
        requireViewer(context)
        const queue = createFeedQueue<readonly UserShape[]>({
          backlogBytes,
          render: () => [],
          renderCaughtUp: () => null,
        })
        queue.push(presence.online(), 256)
        queue.onReturn = presence.watch(changed => {
          // A reader that takes nothing gets everyone anew once it does.
          if (!queue.congested) queue.push(changed, 256 * changed.length)
          else
            queue.onDrained = () => {
              queue.onDrained = () => {}
              queue.push(presence.online(), 256 * presence.online().length)
            }
        })
        return queue
      },
    },
  }
}
