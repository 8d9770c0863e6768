// Edits and deletions of one's own messages, from arguments to the log: draining, rate, the text's rules, the revision.
// Whether there is such a message, and whose it is, is found out in the same step that stores it (PROTOCOL.md, EDIT).
import type { Limiter } from '../accounts/limiter.ts'
import type { AccountRef, MessageEntry } from '../domain/entry.ts'
import { Refusal } from '../domain/errors.ts'
import { checkText, type TextLimits } from '../domain/text.ts'
import type { Gate } from '../moderation/gate.ts'
import type { Revision, Store } from '../store/store.ts'

export interface ReviseOptions {
  readonly store: Pick<Store, 'revise' | 'message'>
  readonly gate: Gate
  readonly limiter: Pick<Limiter, 'send' | 'refundSend'>
  readonly textLimits: TextLimits
  /** True once the server is about to stop. */
  isDraining(): boolean
  readonly clock?: () => number
}

/** Both resolve with the message as it is now, once that is durable; refusals as in schema.graphql. */
export interface Revise {
  edit(by: AccountRef, messageId: string, text: string): Promise<MessageEntry>
  delete(by: AccountRef, messageId: string): Promise<MessageEntry>
}

export function createRevise({
  store,
  limiter,
  gate,
  textLimits,
  isDraining,
  clock = Date.now,
}: ReviseOptions): Revise {
  async function revise(by: AccountRef, change: Pick<Revision, 'messageId' | 'kind' | 'text'>): Promise<MessageEntry> {
    if (isDraining()) throw new Refusal('DRAINING')
    // Everybody who may see the message hears of it, so it counts as a message.
    limiter.send(by.id)
    if (change.kind === 'edited') {
      checkText(change.text, textLimits)
      await mayEdit(by, change.messageId)
    }
    const revised = await store.revise({ ...change, by: by.id, at: clock() })
    switch (revised.status) {
      case 'stored':
        return revised.entry.message
      case 'unchanged':
        limiter.refundSend(by.id)
        return revised.message
      case 'unknown':
        throw new Refusal('UNKNOWN_MESSAGE')
      case 'not-author':
        throw new Refusal('NOT_AUTHOR')
    }
  }

  /** Another text is one more thing that is said, to everyone or to somebody. */
  async function mayEdit(by: AccountRef, messageId: string): Promise<void> {
    const found = await store.message(by.id, messageId)
    // Whether there is such a message, and whose it is, is for the revision to find out.
    if (!found || found.from.id !== by.id) return
    await (found.to ? gate.private(by.id, found.to.id) : gate.public(by.id))
  }

  return {
    edit: (by, messageId, text) => revise(by, { messageId, kind: 'edited', text }),
    delete: (by, messageId) => revise(by, { messageId, kind: 'deleted', text: '' }),
  }
}
