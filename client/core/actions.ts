// What a person does beside sending, as functions on a client: each can be imported alone, and costs an application that
// does without it nothing.
import {
  ConversationsDocument,
  type ConversationsQuery,
  type ConversationsQueryVariables,
  DeleteMessageDocument,
  type DeviceSessionFieldsFragment,
  EditMessageDocument,
  MarkReadDocument,
  MessageDocument,
  OnReadPositionDocument,
  OnSessionsDocument,
  OnTypingDocument,
  type OnTypingSubscription,
  SearchDocument,
  type SearchQuery,
  type SearchQueryVariables,
  SetTypingDocument,
} from './generated/graphql.ts'
import type { Message, RecadoAsking } from './types.ts'

export type Conversation = ConversationsQuery['conversations'][number]
export type SearchPage = SearchQuery['search']
export type Typing = OnTypingSubscription['onTyping'][number]

/** How long somebody counts as writing after it was told. */
const TYPING_MS = 5_000

/** The message as it is now; null when there is none, or none for this account. */
export async function findMessage(recado: RecadoAsking, id: string): Promise<Message | null> {
  return (await recado.ask(MessageDocument, { id })).message
}

/**
 * Gives a message of one's own another text. Every device hears of it as `MessageEdited`. Asking twice is harmless.
 *
 * @throws RecadoError the codes of `editMessage` in the schema, and `NETWORK`: it may have been done
 */
export async function editMessage(recado: RecadoAsking, id: string, text: string): Promise<Message> {
  return (await recado.ask(EditMessageDocument, { id, text })).editMessage
}

/**
 * Takes the text of a message of one's own away, for everyone and for good. Asking twice is harmless.
 *
 * @throws RecadoError the codes of `deleteMessage` in the schema, and `NETWORK`: it may have been done
 */
export async function deleteMessage(recado: RecadoAsking, id: string): Promise<Message> {
  return (await recado.ask(DeleteMessageDocument, { id })).deleteMessage
}

/** The account's conversations with what is unread, the one with the newest message first. */
export async function conversations(
  recado: RecadoAsking,
  page: ConversationsQueryVariables = {},
): Promise<Conversation[]> {
  return (await recado.ask(ConversationsDocument, page)).conversations
}

/**
 * Everything up to this place of a conversation has been read, on all of the account's devices. It only goes forward.
 *
 * @param cursor of the newest message that was read
 * @param withId the other person's account; without: everyone's conversation
 * @returns how far it is read now, which may be further
 */
export async function markRead(recado: RecadoAsking, cursor: string, withId?: string): Promise<string> {
  return (await recado.ask(MarkReadDocument, { cursor, withId: withId ?? null })).markRead.cursor
}

/**
 * How far each conversation is read, soon and at each change on any device: by the id of the other person's account,
 * null for everyone's.
 */
export function watchReadPositions(
  recado: RecadoAsking,
  listener: (cursors: ReadonlyMap<string | null, string>) => void,
): () => void {
  let cursors = new Map<string | null, string>()
  let expectsSnapshot = true
  return recado.watch(
    OnReadPositionDocument,
    {},
    {
      started() {
        expectsSnapshot = true
      },
      next({ onReadPosition }) {
        cursors = expectsSnapshot ? new Map() : new Map(cursors)
        expectsSnapshot = false
        for (const position of onReadPosition) cursors.set(position.with?.id ?? null, position.cursor)
        listener(cursors)
      },
    },
  )
}

/** Messages with all of these words, oldest first: the newest such page, or that before `before`. */
export async function searchMessages(
  recado: RecadoAsking,
  text: string,
  page: Omit<SearchQueryVariables, 'text'> = {},
): Promise<SearchPage> {
  return (await recado.ask(SearchDocument, { ...page, text })).search
}

/**
 * Tells that one is writing: call it at each key, the server takes one in two seconds.
 *
 * @param to a username; without: everyone
 */
export async function tellTyping(recado: RecadoAsking, to?: string): Promise<boolean> {
  return (await recado.ask(SetTypingDocument, { to: to ?? null })).setTyping
}

/** Who is writing now, at each change: a name leaves the list five seconds after it was told last. */
export function watchTyping(recado: RecadoAsking, listener: (typing: readonly Typing[]) => void): () => void {
  const writing = new Map<string, { typing: Typing; timer: ReturnType<typeof setTimeout> }>()
  const tell = () => listener([...writing.values()].map(({ typing }) => typing))
  const stop = recado.watch(
    OnTypingDocument,
    {},
    {
      next({ onTyping }) {
        for (const typing of onTyping) {
          const key = `${typing.from.id} ${typing.private}`
          clearTimeout(writing.get(key)?.timer)
          const timer = setTimeout(() => {
            writing.delete(key)
            tell()
          }, TYPING_MS)
          writing.set(key, { typing, timer })
        }
        tell()
      },
    },
  )
  return () => {
    stop()
    for (const { timer } of writing.values()) clearTimeout(timer)
  }
}

/** The devices that have entered as this account, soon and whenever one enters or ends. */
export function watchSessions(
  recado: RecadoAsking,
  listener: (sessions: readonly DeviceSessionFieldsFragment[]) => void,
): () => void {
  return recado.watch(OnSessionsDocument, {}, { next: ({ onSessions }) => listener(onSessions) })
}
