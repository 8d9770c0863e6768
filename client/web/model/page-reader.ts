// Reads pages from the server: what the server is, messages, people, conversations. A page that can't be read is a
// ReadFailure with the code that says why.
import {
  ConversationsDocument,
  type ConversationsQuery,
  MessageDocument,
  MessagesDocument,
  type MessagesQuery,
  type MessagesQueryVariables,
  SearchDocument,
  type SearchQuery,
  type SearchQueryVariables,
  ServerInfoDocument,
  type ServerInfoQuery,
  UsersDocument,
  type UsersQuery,
} from '../../core/generated/graphql.ts'
import type { Message } from '../../core/types.ts'
import type { Answer, Asker } from './asker.ts'
import { type ConversationKey, conversationKey, isFor, type Person } from './conversation.ts'
import type { ConversationPage } from './conversations.ts'

export type MessagesPage = MessagesQuery['messages']
export type UsersPage = UsersQuery['users']
export type ServerInfo = ServerInfoQuery['server']
export type ListedConversation = ConversationsQuery['conversations'][number]

/** As many as the page ever asks for at once. */
const LONGEST_PAGE = 100
const LISTED = 50

export class ReadFailure extends Error {
  /** One of ErrorCode, or `NETWORK`. */
  readonly code: string
  readonly retryAfterMs?: number
  constructor(code: string, retryAfterMs?: number) {
    super(`This could not be read: ${code}`)
    this.code = code
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs
  }
}

export interface PageReader {
  readServer(): Promise<ServerInfo>
  readMessages(variables: MessagesQueryVariables): Promise<MessagesPage>
  /** A page of one conversation: before or after a place, or the newest. */
  readPage(key: ConversationKey, place: { before: string | null } | { since: string }): Promise<ConversationPage>
  readConversations(before: string | null): Promise<{ list: readonly ListedConversation[]; hasOlder: boolean }>
  readUsers(after: string | null, online?: boolean): Promise<UsersPage>
  readMessage(id: string): Promise<Message | null>
  search(variables: SearchQueryVariables): Promise<SearchQuery['search']>
}

export function createPageReader(client: Asker, me: Person): PageReader {
  /** Tells how long pages may be. Asked once; a failure is asked again. */
  let server: Promise<ServerInfo> | null = null

  async function answer<Data>(asked: Promise<Answer<Data>>): Promise<Data> {
    const { data, error } = await asked
    if (error) throw new ReadFailure(error.code, error.retryAfterMs)
    return data
  }

  function readServer(): Promise<ServerInfo> {
    server ??= answer(client.ask(ServerInfoDocument, {})).then(
      answered => answered.server,
      error => {
        server = null
        throw error
      },
    )
    return server
  }

  async function limit(): Promise<number> {
    return Math.min((await readServer()).limits.page || LONGEST_PAGE, LONGEST_PAGE)
  }

  async function readMessages(variables: MessagesQueryVariables): Promise<MessagesPage> {
    const page = { limit: await limit(), ...variables }
    return (await answer(client.ask(MessagesDocument, page))).messages
  }

  return {
    readServer,
    readMessages,

    async readPage(key, place) {
      const where = key === 'everyone' ? { scope: 'PUBLIC' as const } : { withId: key.slice('with:'.length) }
      const { nodes, pageInfo } = await readMessages({ ...place, ...where })
      return {
        messages: nodes.filter(message => isFor(message, me) && conversationKey(message, me) === key),
        from: pageInfo.startCursor,
        hasEarlier: 'since' in place || pageInfo.hasPreviousPage,
        hasLater: !('since' in place) || pageInfo.hasNextPage,
      }
    },

    async readConversations(before) {
      const asked = { before, limit: Math.min(await limit(), LISTED) }
      const { conversations } = await answer(client.ask(ConversationsDocument, asked))
      return { list: conversations, hasOlder: conversations.length >= asked.limit }
    },
    async readUsers(after, online) {
      const asked = { limit: await limit(), after, ...(online === undefined ? {} : { online }) }
      return (await answer(client.ask(UsersDocument, asked))).users
    },
    async readMessage(id) {
      const { message } = await answer(client.ask(MessageDocument, { id }))
      return message && isFor(message, me) ? message : null
    },
    async search(variables) {
      return (await answer(client.ask(SearchDocument, variables))).search
    },
  }
}
