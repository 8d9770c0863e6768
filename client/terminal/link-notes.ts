// What becomes of the connection, in a sentence each: that it was lost, and with how many messages it is back.
import type { FeedEvent, Recado } from '../core/types.ts'
import type { Texts } from './texts.ts'

/** Give it every event of the feed before it is shown. */
export interface LinkNotes {
  event(event: FeedEvent): void
}

/** @param say gets one sentence when the connection is lost, however many attempts follow, and one when it is back */
export function watchConnection(recado: Recado, texts: Texts, say: (note: string) => void): LinkNotes {
  /** Messages since the loss; null: it is not lost. */
  let recovered: number | null = null
  recado.onState(state => {
    if (state !== 'offline' || recovered !== null) return
    recovered = 0
    say(texts.chat.reconnecting)
  })
  return {
    event(event) {
      if (recovered === null) return
      if (event.__typename === 'MessageAdded') recovered += 1
      if (event.__typename !== 'CaughtUp') return
      say(texts.chat.back(recovered))
      recovered = null
    },
  }
}
