// From a message or a conversation to its address on the page and its name for the reader.
import type { Message } from '../../core/types.ts'
import type { Catalogue } from '../i18n/catalogue.ts'
import { conversationKey, type Person, peerOf } from '../model/conversation.ts'
import type { Chat } from '../state/chat.ts'
import { hrefOf } from '../state/route.ts'

export function hrefOfMessage(chat: Chat, message: Message): string {
  const key = conversationKey(message, chat.me)
  const known = chat.getView().conversations.find(conversation => conversation.key === key)
  if (known) return hrefOf(known)
  return hrefOf({ peer: peerOf(message, chat.me), changedHands: false })
}

/** @param peer null: everyone */
export function nameOf(peer: Person | null, me: Person, words: Catalogue): string {
  if (!peer) return words.sidebar.everyone
  return peer.id === me.id ? words.sidebar.notes : peer.username
}
