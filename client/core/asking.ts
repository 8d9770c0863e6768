// What goes beside messages: single questions in the account's name, and subscriptions that last. In: typed documents.
// Out: their data, or a RecadoError.
import type { TypedDocumentNode } from '@urql/core'
import type { Connection } from './connection.ts'
import { asRecadoError } from './errors.ts'
import { keepSubscribed } from './lasting.ts'
import { dataOf, requestOf } from './link.ts'
import type { RecadoAsking } from './types.ts'

export function createAsking(connection: Connection): RecadoAsking {
  return {
    async ask(document, variables) {
      try {
        return dataOf(document, await connection.send(requestOf(document, variables)))
      } catch (thrown) {
        const error = asRecadoError(thrown)
        if (error.code === 'UNAUTHENTICATED') connection.endSession(error)
        throw error
      }
    },

    watch<Data, Variables extends Record<string, unknown>>(
      document: TypedDocumentNode<Data, Variables>,
      variables: Variables,
      { started, next }: { started?(): void; next(data: Data): void },
    ) {
      return keepSubscribed(connection, {
        request() {
          started?.()
          return requestOf(document, variables)
        },
        // The server answered this very document without an error: its shape is the schema's promise.
        next: data => next(data as Data),
        paused() {},
      })
    },
  }
}
