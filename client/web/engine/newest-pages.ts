// The newest pages → conversations: where an engine without a copy begins.
import type { Message } from '../../core/types.ts'
import { type Conversation, type ConversationKey, conversationKey, isFor, type Person } from '../model/conversation.ts'
import type { MessagesPage } from '../model/page-reader.ts'

/** From the newest page for everyone, and the newest private messages with whomever. */
export function begunWith(inPublic: MessagesPage, inPrivate: MessagesPage, me: Person): readonly Conversation[] {
  const begun = (key: ConversationKey, peer: Person | null, nodes: readonly Message[], page: MessagesPage) => ({
    key,
    peer,
    isGone: false,
    messages: nodes,
    completeFrom: page.pageInfo.startCursor,
    hasEarlier: page.pageInfo.hasPreviousPage,
    hasLater: false,
    loading: 'idle' as const,
  })
  const privateByKey = Map.groupBy(
    inPrivate.nodes.filter(message => isFor(message, me)),
    message => conversationKey(message, me),
  )
  const withPeople = [...privateByKey].flatMap(([key, nodes]) => {
    const [{ from, to }] = nodes as [Message]
    const peer = from.id === me.id ? to : from
    return peer ? [begun(key, personOf(peer), nodes, inPrivate)] : []
  })
  return [begun('everyone', null, inPublic.nodes, inPublic), ...withPeople]
}

/** Without what else is known of an account. */
export const personOf = ({ id, username }: Person): Person => ({ id, username })
