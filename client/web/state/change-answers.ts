// What became of a change that somebody waits for: done, kept until there is a connection, or refused.
import type { PendingChange } from '../../core/pending-change.ts'
import type { Failure } from '../model/failure.ts'

export interface ChangeAnswers {
  /**
   * @param before a change of the same message that is there already
   * @returns null when it is done or kept; once for each change that is asked for
   */
  expect(messageId: string, before: PendingChange | undefined): Promise<Failure | null>
  /** @param isReachable the server is there, so that what is being sent has an answer soon */
  heard(changes: ReadonlyMap<string, PendingChange>, isReachable: boolean): void
  close(): void
}

interface Waiting {
  /** As long as that is there, the new one has not been heard of. */
  readonly before: PendingChange | undefined
  /** It was seen among the changes: once it is gone, it was done. */
  wasThere: boolean
  wasSent: boolean
  answer(failure: Failure | null): void
}

/** @param onRefused somebody was told of it: it need not be shown beside its message as well */
export function createChangeAnswers(onRefused: (messageId: string) => void): ChangeAnswers {
  const waitingById = new Map<string, Waiting>()

  function answer(id: string, failure: Failure | null): void {
    waitingById.get(id)?.answer(failure)
    waitingById.delete(id)
  }

  return {
    expect(messageId, before) {
      answer(messageId, null)
      return new Promise(resolve => {
        waitingById.set(messageId, { before, wasThere: false, wasSent: false, answer: resolve })
      })
    },
    heard(changes, isReachable) {
      for (const [id, waiting] of waitingById) {
        const change = changes.get(id)
        if (!change) {
          if (waiting.wasThere) answer(id, null)
          continue
        }
        if (change.createdAt === waiting.before?.createdAt) continue
        waiting.wasThere = true
        if (change.state === 'refused') {
          answer(id, { code: change.code ?? 'INTERNAL_SERVER_ERROR' })
          onRefused(id)
        } else if (!isReachable || (change.state === 'waiting' && waiting.wasSent)) answer(id, null)
        else waiting.wasSent ||= change.state === 'sending'
      }
    },
    close() {
      for (const id of [...waitingById.keys()]) answer(id, { code: 'CLOSED' })
    },
  }
}
