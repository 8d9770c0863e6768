// What is not in the log: who is online, who is writing, what other devices have read, and which devices there are.
//
// Over a WebSocket these are subscriptions. Over SSE each would be a stream, of which a browser has six for each server,
// for all its tabs and accounts together: the feed has one, and the rest is asked for now and then. Who is writing is
// then not known.
import {
  OnReadPositionDocument,
  type OnReadPositionSubscription,
  OnSessionsDocument,
  type OnSessionsSubscription,
  OnTypingDocument,
  type OnTypingSubscription,
} from '../../core/generated/graphql.ts'
import type { Recado, User } from '../../core/types.ts'

export interface AttendingOptions {
  readonly recado: Pick<Recado, 'onPresence' | 'transport' | 'watch'>
  onPresence(online: readonly User[], gone: readonly User[]): void
  onRead(positions: OnReadPositionSubscription['onReadPosition']): void
  onTyping(typing: OnTypingSubscription['onTyping']): void
  onDevices(devices: OnSessionsSubscription['onSessions']): void
  /** Asks for who is online, what is read, and which devices there are. */
  ask(): Promise<void>
}

export interface Attending {
  /** The connection has changed. */
  attend(): void
  end(): void
}

const ASK_MS = 15_000

export function createAttending({ recado, ask, ...on }: AttendingOptions): Attending {
  let attending: Recado['transport']
  let ends: readonly (() => void)[] = []

  function end(): void {
    for (const each of ends) each()
    ends = []
  }

  function keepAsking(): () => void {
    void ask()
    const timer = setInterval(() => void ask(), ASK_MS)
    return () => clearInterval(timer)
  }

  return {
    attend() {
      const { transport } = recado
      // While there is none, subscriptions wait for the next one by themselves.
      if (transport === undefined || transport === attending) return
      end()
      attending = transport
      if (transport === 'sse') ends = [keepAsking()]
      else {
        ends = [
          recado.onPresence(on.onPresence),
          recado.watch(OnReadPositionDocument, {}, { next: data => on.onRead(data.onReadPosition) }),
          recado.watch(OnSessionsDocument, {}, { next: data => on.onDevices(data.onSessions) }),
          recado.watch(OnTypingDocument, {}, { next: data => on.onTyping(data.onTyping) }),
        ]
      }
    },
    end,
  }
}
