// Reads pages from the server: what the server is, messages, people. A page that can't be read is a ReadFailure with
// the code that says why.
import type { Client } from 'urql'
import {
  MessagesDocument,
  type MessagesQuery,
  type MessagesQueryVariables,
  ServerInfoDocument,
  type ServerInfoQuery,
  UsersDocument,
  type UsersQuery,
} from '../../core/generated/graphql.ts'
import { failureOf } from '../i18n/error-words.ts'

export type MessagesPage = MessagesQuery['messages']
export type UsersPage = UsersQuery['users']
export type ServerInfo = ServerInfoQuery['server']

/** As many as the page ever asks for at once. */
const LONGEST_PAGE = 100

export class ReadFailure extends Error {
  /** One of ErrorCode, or `NETWORK`. */
  readonly code: string
  constructor(code: string) {
    super(`This could not be read: ${code}`)
    this.code = code
  }
}

export interface PageReader {
  /** First of all: it tells how long pages may be. */
  readServer(): Promise<ServerInfo>
  readMessages(variables: MessagesQueryVariables): Promise<MessagesPage>
  readUsers(after: string | null): Promise<UsersPage>
}

export function createPageReader(client: Client): PageReader {
  let limit = LONGEST_PAGE

  async function answer<Data>(
    reading: Promise<{ data?: Data | undefined; error?: Parameters<typeof failureOf>[0] | undefined }>,
  ) {
    const { data, error } = await reading
    if (error) throw new ReadFailure(failureOf(error).code)
    if (!data) throw new ReadFailure('NETWORK')
    return data
  }

  return {
    async readServer() {
      const { server } = await answer(client.query(ServerInfoDocument, {}).toPromise())
      limit = Math.min(server.limits.page || LONGEST_PAGE, LONGEST_PAGE)
      return server
    },
    async readMessages(variables) {
      return (await answer(client.query(MessagesDocument, { limit, ...variables }).toPromise())).messages
    },
    async readUsers(after) {
      return (await answer(client.query(UsersDocument, { limit, after }).toPromise())).users
    },
  }
}
