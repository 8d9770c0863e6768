// Conversations and how far they were read: from arguments to the store and to those who watch. Whose they are is the
// token's account alone. (PROTOCOL.md: READ)
import type { Accounts } from '../accounts/accounts.ts'
import type { Limiter } from '../accounts/limiter.ts'
import type { CursorCodec } from '../domain/cursor.ts'
import { Refusal } from '../domain/errors.ts'
import type { Log } from '../feed/log.ts'
import type { ReadPositions } from '../reading/read-positions.ts'
import type { Store } from '../store/store.ts'
import { checkLimit, type PeerArguments, peerOf } from './arguments.ts'
import type { ConversationShape, ReadPositionShape } from './shapes.ts'

export interface ReadingOptions {
  readonly log: Pick<Log, 'locate' | 'epoch'>
  readonly store: Pick<Store, 'conversations' | 'epoch'>
  readonly accounts: Pick<Accounts, 'byName' | 'byId'>
  readonly positions: Pick<ReadPositions, 'mark'>
  readonly limiter: Pick<Limiter, 'mark'>
  readonly cursors: CursorCodec
  /** The largest page; 0: no limit. */
  readonly pageLimit: number
}

export interface ConversationsArguments {
  readonly before?: string | null | undefined
  readonly limit?: number | null | undefined
}

export interface MarkReadArguments extends PeerArguments {
  readonly cursor: string
}

/** Refusals as in schema.graphql. */
export interface Reading {
  conversations(viewer: string, args: ConversationsArguments): Promise<ConversationShape[]>
  markRead(viewer: string, args: MarkReadArguments): Promise<ReadPositionShape>
}

const CONVERSATIONS = 50

export function createReading(options: ReadingOptions): Reading {
  const { log, store, accounts, positions, limiter, cursors, pageLimit } = options

  /** Answers have positions of one history, and cursors are made of them under its name. */
  async function inOneHistory<Answer>(epoch: string, answer: Promise<Answer>): Promise<Answer> {
    const answered = await answer
    if (store.epoch !== epoch || log.epoch !== epoch) throw new Refusal('HISTORY_RESET')
    return answered
  }

  return {
    async conversations(viewer, args) {
      const limit = checkLimit(args.limit ?? CONVERSATIONS, pageLimit)
      const { epoch } = log
      const before = args.before == null ? null : cursors.decode(args.before)
      if (before !== null) await log.locate(viewer, before, 'before')
      const query = { viewer, limit, ...(before === null ? {} : { before }) }
      return [...(await inOneHistory(epoch, store.conversations(query)))]
    },

    async markRead(viewer, args) {
      limiter.mark(viewer)
      const { epoch } = log
      const given = cursors.decode(args.cursor)
      const peer = await peerOf(accounts, args)
      // A place that was trimmed has been read as well.
      await log.locate(viewer, given, 'before')
      const position = await inOneHistory(epoch, positions.mark(viewer, peer, given))
      if (position === null) throw new Refusal('UNAUTHENTICATED')
      return { peer, position }
    },
  }
}
