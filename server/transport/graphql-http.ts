// GraphQL over HTTP and SSE at /graphql: Yoga, with the program's own documents (one validator for all transports),
// graphql-js's execution, GraphiQL, and subscriptions served by the fan-out.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { renderGraphiQL } from '@graphql-yoga/render-graphiql'
import { type DocumentNode, type ExecutionArgs, execute, type GraphQLSchema, subscribe } from 'graphql'
import { createYoga, type Plugin } from 'graphql-yoga'
import type { Context } from '../graphql/context.ts'
import type { Documents } from '../graphql/documents.ts'
import type { Masking } from '../graphql/masking.ts'
import type { Operations } from './fan-out/operation.ts'
import { graphiqlTabs } from './graphiql.ts'
import type { Origins } from './origin.ts'
import { EncodedExecutionResult, resumableSse, type SseOptions, type StreamOwner } from './sse.ts'
import type { Subscriptions } from './subscriptions.ts'

export interface GraphqlHttpOptions extends SseOptions {
  readonly schema: GraphQLSchema
  readonly documents: Documents
  readonly masking: Masking
  readonly operations: Operations
  readonly subscriptions: Subscriptions
  readonly origins: Origins
  readonly graphiql: boolean
  /** Bytes of a body; 0: no limit. */
  readonly messageBytes: number
}

/** Serves one request at /graphql for whoever `context` says, answers when the response is on its way. */
export type GraphqlHttp = (
  request: IncomingMessage,
  response: ServerResponse,
  context: Context & { readonly owner: StreamOwner },
) => Promise<void>

type ServerContext = Context & { readonly owner: StreamOwner }

export function createGraphqlHttp(options: GraphqlHttpOptions): GraphqlHttp {
  const { schema, documents, masking, operations, subscriptions, origins, graphiql, messageBytes } = options

  /** Subscriptions through the fan-out where they can be shared; Last-Event-ID says more lately than `since` does. */
  async function subscribeShared(args: ExecutionArgs) {
    try {
      const context = args.contextValue as Context & { request: Request }
      const shared = operations.read(args.document, args.operationName, args.variableValues)
      if (!shared) return await subscribe(args)
      const lastEventId = context.request.headers.get('last-event-id')
      const operation = lastEventId ? { ...shared, since: lastEventId } : shared
      return encoded(await subscriptions.asStream(context, operation))
    } catch (error) {
      return { errors: [masking.present(error)] }
    }
  }

  const yoga = createYoga<ServerContext>({
    schema,
    graphqlEndpoint: '/graphql',
    logging: false,
    landingPage: false,
    batching: false,
    multipart: false,
    parserAndValidationCache: false,
    maxRequestBodySize: messageBytes > 0 ? messageBytes : false,
    maskedErrors: { maskError: error => masking.present(error) },
    graphiql: graphiql && { subscriptionsProtocol: 'WS', title: 'Recado', defaultTabs: graphiqlTabs },
    renderGraphiQL,
    cors: request => {
      const origin = request.headers.get('origin')
      return origin && origins.isListed(origin)
        ? { origin, credentials: true, methods: ['GET', 'POST'], allowedHeaders: ['content-type', 'authorization'] }
        : false
    },
    plugins: [ownEngine(), jsonOnly(), resumableSse(options)],
  })

  function ownEngine(): Plugin {
    return {
      onParse({ setParseFn }) {
        setParseFn((source: string) => {
          const { document, errors } = documents.prepare(source)
          if (!document) throw errors[0]
          return document
        })
      },
      onValidate({ setValidationFn }) {
        setValidationFn((_: GraphQLSchema, document: DocumentNode) => documents.errorsOf(document))
      },
      onExecute({ setExecuteFn }) {
        setExecuteFn(execute)
      },
      onSubscribe({ setSubscribeFn }) {
        setSubscribeFn(subscribeShared)
      },
    }
  }

  return async (request, response, context) => {
    await yoga(request, response, context)
  }
}

async function* encoded(
  stream: Awaited<ReturnType<Subscriptions['asStream']>>,
): AsyncGenerator<EncodedExecutionResult> {
  for await (const result of stream) yield new EncodedExecutionResult(result)
}

/** Other content types are what a foreign page's form could send without asking: refused (PROTOCOL.md, HTTP). */
function jsonOnly(): Plugin {
  return {
    onRequestParse({ request, endResponse, fetchAPI }) {
      if (request.method !== 'POST') return
      const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
      if (type === 'application/json') return
      endResponse(
        new fetchAPI.Response(
          JSON.stringify({
            errors: [
              {
                message: `Send the operation as application/json, not ${type ?? 'without a content type'}.`,
                extensions: { code: 'BAD_REQUEST' },
              },
            ],
          }),
          { status: 415, headers: { 'Content-Type': 'application/json; charset=utf-8' } },
        ),
      )
    },
  }
}
