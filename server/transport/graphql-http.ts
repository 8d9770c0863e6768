// GraphQL over HTTP and SSE at /graphql: Yoga, with the program's own documents (one validator for all transports),
// graphql-js's execution, GraphiQL, and subscriptions served by the fan-out.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { renderGraphiQL } from '@graphql-yoga/render-graphiql'
import {
  type DocumentNode,
  type ExecutionArgs,
  execute,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
} from 'graphql'
import { createYoga, type Plugin } from 'graphql-yoga'
import { type ErrorCode, Refusal } from '../domain/errors.ts'
import type { Context } from '../graphql/context.ts'
import type { Documents } from '../graphql/documents.ts'
import type { Masking } from '../graphql/masking.ts'
import type { Operations } from './fan-out/operation.ts'
import { graphiqlTabs } from './graphiql.ts'
import { mapIterator } from './map-iterator.ts'
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

/** Yoga's own codes, by the schema's names. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  OPERATION_RESOLUTION_FAILURE: 'BAD_USER_INPUT',
  REQUEST_ENTITY_TOO_LARGE: 'BAD_REQUEST',
}

export function createGraphqlHttp(options: GraphqlHttpOptions): GraphqlHttp {
  const { schema, documents, masking, operations, subscriptions, origins, graphiql, messageBytes } = options

  /** Subscriptions through the fan-out where they can be shared; Last-Event-ID says more lately than `since` does. */
  async function subscribeShared(args: ExecutionArgs) {
    try {
      const context = args.contextValue as Context & { request: Request }
      const shared = operations.read(args.document, args.operationName, args.variableValues)
      // Its events would have no cursor: a client that comes back by itself would miss what came since (SSE-3).
      if (!shared) throw new Refusal('BAD_USER_INPUT', 'Over SSE a subscription has no directive at its root.')
      const lastEventId = context.request.headers.get('last-event-id')
      const operation = lastEventId ? { ...shared, since: lastEventId } : shared
      const stream = await subscriptions.asStream(context, operation)
      return mapIterator(stream, result => new EncodedExecutionResult(result))
    } catch (error) {
      return { errors: [masking.present(error)] }
    }
  }

  /** Every code is one of the schema's, and a malformed request has status 400 whatever the client accepts. */
  function present(error: unknown): GraphQLError {
    if (error instanceof GraphQLError) {
      const { extensions } = error
      const code = CODES[String(extensions.code)]
      if (code) extensions.code = code
      if (extensions.http) extensions.http.spec = extensions.code !== 'BAD_REQUEST'
    }
    return masking.present(error)
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
    maskedErrors: { maskError: present },
    graphiql: graphiql && { subscriptionsProtocol: 'WS', title: 'Recado', defaultTabs: graphiqlTabs },
    renderGraphiQL,
    cors: request => {
      const origin = request.headers.get('origin')
      return origin && origins.isListed(origin)
        ? { origin, credentials: true, methods: ['GET', 'POST'], allowedHeaders: ['content-type', 'authorization'] }
        : false
    },
    plugins: [ownEngine(), wellFormed(), subscriptionsOnlyByGet(), resumableSse(options)],
  })

  function ownEngine(): Plugin {
    return {
      onParse({ setParseFn }) {
        setParseFn((source: string) => {
          const { document, errors } = documents.prepare(source)
          if (!document) throw errors[0] && copy(errors[0])
          return document
        })
      },
      onValidate({ setValidationFn }) {
        setValidationFn((_: GraphQLSchema, document: DocumentNode) => documents.errorsOf(document).map(copy))
      },
      onExecute({ setExecuteFn }) {
        setExecuteFn(async (args: ExecutionArgs) => {
          const result = await execute(args)
          // Variables that do not fit: nothing was executed.
          if (!('data' in result)) {
            for (const { extensions } of result.errors ?? []) extensions.http ??= { spec: true, status: 400 }
          }
          return result
        })
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

/** Documents keep their errors for all transports; Yoga writes into those that it is given. */
function copy(error: GraphQLError): GraphQLError {
  const { message, source, positions, path, originalError, extensions } = error
  const place = { nodes: error.nodes ?? null, source, positions, path }
  return new GraphQLError(message, { ...place, originalError: originalError ?? null, extensions: { ...extensions } })
}

function badRequest(message: string, status: number, headers: Record<string, string> = {}): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status, headers } } })
}

/** What GraphQL over HTTP asks of a request, where Yoga lets more pass (PROTOCOL.md, HTTP-1 and HTTP-2). */
function wellFormed(): Plugin {
  return {
    onRequestParse({ request }) {
      if (request.method === 'POST') {
        // Other content types are what a foreign page's form could send without asking.
        const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
        if (type === 'application/json') return
        throw badRequest(`Send the operation as application/json, not ${type ?? 'without a content type'}.`, 415)
      }
      const { searchParams } = new URL(request.url)
      for (const name of ['variables', 'extensions']) {
        try {
          JSON.parse(searchParams.get(name) || 'null')
        } catch {
          throw badRequest(`The parameter "${name}" is not JSON.`, 400)
        }
      }
    },
    onParams({ params }) {
      const { operationName } = params as { operationName?: unknown }
      if (operationName == null || typeof operationName === 'string') return
      throw badRequest('The parameter "operationName" is not a string.', 400)
    },
  }
}

/** A link or an image must not make a browser ask something with its cookie (PROTOCOL.md, HTTP-3). */
function subscriptionsOnlyByGet(): Plugin {
  return {
    onParse() {
      return ({ result, context }) => {
        const { request, params } = context as { request?: Request; params?: { operationName?: string } }
        if (request?.method !== 'GET' || result === null || result instanceof Error) return
        const operation = getOperationAST(result as DocumentNode, params?.operationName)?.operation
        if (operation === undefined || operation === 'subscription') return
        throw badRequest(`Send a ${operation} by POST: GET is for subscriptions only.`, 405, { Allow: 'POST' })
      }
    },
  }
}
