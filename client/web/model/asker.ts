// One question to the server, over HTTP: its data, or what went wrong in a shape that the page has words for.
import type { TypedDocumentNode } from '@urql/core'
import { asRecadoError } from '../../core/errors.ts'
import type { Http } from '../../core/http.ts'
import { dataOf, requestOf } from '../../core/link.ts'
import type { Failure } from './failure.ts'

export type Answer<Data> =
  | { readonly data: Data; readonly error?: undefined }
  | { readonly data?: undefined; readonly error: Failure }

export interface Asker {
  /** One query or mutation. Never throws. */
  ask<Data, Variables extends Record<string, unknown>>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
  ): Promise<Answer<Data>>
}

/** @param httpNow with the session of this moment */
export function createAsker(httpNow: () => Http): Asker {
  return {
    async ask(document, variables) {
      try {
        return { data: dataOf(document, await httpNow().execute(requestOf(document, variables))) }
      } catch (thrown) {
        const { code, retryAfterMs, suggestions, until, reason } = asRecadoError(thrown)
        return {
          error: {
            code,
            ...(suggestions.length > 0 ? { suggestions } : {}),
            ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
            ...(until === undefined ? {} : { until }),
            ...(reason === undefined ? {} : { reason }),
          },
        }
      }
    },
  }
}
