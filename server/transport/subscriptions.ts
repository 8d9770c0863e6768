// From a subscription operation to a running feed: its place is checked, its group found, its feed opened. Sockets get
// frames from the fan-out; SSE streams get the same encoded results through a queue; operations that can't be shared
// get plain events, and graphql-js renders them.
import type { Devices } from '../accounts/devices.ts'
import type { CursorCodec } from '../domain/cursor.ts'
import type { Position } from '../domain/entry.ts'
import { Refusal } from '../domain/errors.ts'
import { entryBytes } from '../feed/chunk.ts'
import type { Batch } from '../feed/feed.ts'
import type { Log } from '../feed/log.ts'
import type { Presence } from '../feed/presence.ts'
import { createFeedQueue, type FeedQueue } from '../feed/queue.ts'
import type { Typing } from '../feed/typing.ts'
import { type Context, requireViewer, type Viewer } from '../graphql/context.ts'
import type { EventShape, MessageShape, TypingShape } from '../graphql/shapes.ts'
import type { Sources } from '../graphql/sources.ts'
import type { ReadPositions } from '../reading/read-positions.ts'
import type { Group } from './fan-out/group.ts'
import type { Groups } from './fan-out/groups.ts'
import type { FeedField, FeedOperation } from './fan-out/operation.ts'
import type { Peer } from './peer.ts'
import { sessionsSource } from './sessions-source.ts'
import { type OnEnded, SocketFeed } from './socket-feed.ts'
import { type StateSink, type StateSource, type StateWatch, watchState } from './state-watch.ts'
import { watchTyping } from './typing-watch.ts'

/** An execution result that is encoded already, and where a stream that ends after it may be resumed. */
export interface EncodedResult {
  readonly json: Buffer
  /** Null: state, which has no place in the log. */
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
  /**
   * An operation that can't be shared is about to run for this address. Answers with what has to be called at its end.
   * @throws Refusal SUBSCRIPTION_LIMIT
   */
  alone(address: string): () => void
  /** What the resolvers' own `subscribe` functions yield. */
  readonly sources: Sources
}

export interface SubscriptionsOptions {
  readonly log: Pick<Log, 'open' | 'locate'>
  readonly presence: Presence
  readonly devices: Pick<Devices, 'watch'>
  readonly readPositions: Pick<ReadPositions, 'of'>
  readonly typing: Pick<Typing, 'watch'>
  readonly cursors: CursorCodec
  /** The registry of groups; late, since it needs the schema, which needs `sources`. */
  groups(): Groups
  readonly backlogBytes: number
  onError(error: unknown): void
}

const stateResult = (json: Buffer): EncodedResult => ({ json, cursor: null })

/** Lane of the feeds that graphql-js renders one by one: nothing to make ready. */
const UNSHARED = { prepare() {} }

export function createSubscriptions(options: SubscriptionsOptions): Subscriptions {
  const { log, presence, devices, readPositions, typing, cursors, groups, backlogBytes, onError } = options
  const attendance = { current: presence.online, watch: presence.watch }

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

  /** What a subscription watches that is no feed of the log; null: it is one. */
  function stateOf(field: FeedField, viewer: Viewer): StateSource<readonly unknown[]> | null {
    switch (field) {
      case 'onPresence':
        return attendance
      case 'onReadPosition':
        return readPositions.of(viewer.account.id)
      case 'onSessions':
        return sessionsSource(devices, viewer)
      default:
        return null
    }
  }

  /** Runs a watch of state into a queue. The reader's return ends it. */
  function queueWatch<Item>(
    begin: (sink: StateSink<Item>, onRefused: (error: unknown) => void) => StateWatch,
    bytesOf: (item: Item) => number,
    onReturn: () => void,
  ): FeedQueue<Item> {
    const queue = createFeedQueue<Item>({ backlogBytes, render: () => [], renderCaughtUp: () => null })
    const sink = {
      get congested() {
        return queue.congested
      },
      deliverValue: (item: Item) => queue.push(item, bytesOf(item)),
    }
    const watch = begin(sink, error => {
      if (!(error instanceof Refusal)) onError(error)
      queue.ended(error instanceof Refusal ? error : new Refusal('INTERNAL_SERVER_ERROR'))
    })
    queue.onDrained = () => watch.resume()
    queue.onReturn = () => {
      watch.close()
      onReturn()
    }
    return queue
  }

  /** For operations that can't be shared: graphql-js renders each list. */
  function queueLists<Value>(
    begin: (sink: StateSink<readonly Value[]>, onRefused: (error: unknown) => void) => StateWatch,
  ): FeedQueue<readonly Value[]> {
    return queueWatch(
      begin,
      list => 256 * list.length,
      () => {},
    )
  }

  const plainState = <Value>(source: StateSource<readonly Value[]>): FeedQueue<readonly Value[]> =>
    queueLists((sink, onRefused) => watchState({ source, encode: list => list, sink, onError, onRefused }))

  return {
    place,
    alone: address => groups().alone(address),

    onSocket(peer, operationId, operation, since, onEnded) {
      const { viewer } = peer
      if (!viewer) throw new Refusal('UNAUTHENTICATED')
      const accountId = viewer.account.id
      const group = groups().join(operation, peer.address)
      const feed = new SocketFeed(peer, operationId, group, onEnded)
      const encode = (value: readonly unknown[]) => group.encodeValue(value)
      if (operation.field === 'onTyping') return feed.attach(watchTyping(typing, accountId, encode, feed, onError))
      const source = stateOf(operation.field, viewer)
      if (source) {
        feed.attach(watchState({ source, encode, sink: feed, onError, onRefused: error => feed.ended(error) }))
      } else {
        log.open({ accountId, lane: group, sink: feed, since }).then(
          handle => feed.attach(handle),
          error => feed.ended(error),
        )
      }
    },

    async asStream(context, operation) {
      const since = await place(context, operation.since)
      const viewer = requireViewer(context)
      const group = groups().join(operation, context.address)
      let joined = true
      const release = (): void => {
        if (joined) group.leave(context.address)
        joined = false
      }
      const encode = (value: readonly unknown[]) => {
        const json = group.encodeValue(value)
        return json instanceof Promise ? json.then(stateResult) : stateResult(json)
      }
      const source = stateOf(operation.field, viewer)
      try {
        if (source || operation.field === 'onTyping') {
          return queueWatch<EncodedResult>(
            (sink, onRefused) =>
              source
                ? watchState({ source, encode, sink, onError, onRefused })
                : watchTyping(typing, viewer.account.id, encode, sink, onError),
            ({ json }) => json.length,
            release,
          )
        }
        const queue = createFeedQueue<EncodedResult>({
          backlogBytes,
          render: (batch: Batch) =>
            batch.entries
              .filter(entry => group.shows(entry))
              .map(entry => {
                const json = group.payload(entry)
                return { item: { json, cursor: cursors.encode(entry.position) }, bytes: json.length }
              }),
          renderCaughtUp(mark) {
            const json = group.caughtUp(mark)
            return json && { item: { json, cursor: cursors.encode(mark.position) }, bytes: json.length }
          },
        })
        return await openQueue(context, since, group, queue, release)
      } catch (error) {
        release()
        throw error
      }
    },

    sources: {
      async messages(context, since) {
        const queue = createFeedQueue<MessageShape>({
          backlogBytes,
          render: batch =>
            batch.entries
              .filter(entry => entry.kind === 'added')
              .map(entry => ({ item: entry, bytes: entryBytes(entry) })),
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
        return plainState(attendance)
      },
      async readPositions(context) {
        return plainState(readPositions.of(requireViewer(context).account.id))
      },
      async sessions(context) {
        return plainState(sessionsSource(devices, requireViewer(context)))
      },
      async typing(context) {
        const { account } = requireViewer(context)
        return queueLists<TypingShape>(sink => watchTyping(typing, account.id, typists => typists, sink, onError))
      },
    },
  }
}
