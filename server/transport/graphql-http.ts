// GraphQL over HTTP and SSE at /graphql: Yoga, with the program's own documents (one validator for all transports),
// graphql-js's execution, GraphiQL, and subscriptions served by the fan-out.
import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  type DocumentNode,
  type ExecutionArgs,
  execute,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
} from 'graphql'
import { createYoga, type Plugin } from 'graphql-yoga'
import { networkOf } from '../accounts/address.ts'
import { type ErrorCode, Refusal } from '../domain/errors.ts'
import type { Context } from '../graphql/context.ts'
import type { Documents } from '../graphql/documents.ts'
import type { Masking } from '../graphql/masking.ts'
import type { Operations } from './fan-out/operation.ts'
import type { GraphiqlPage } from './graphiql-page.ts'
import { mapIterator } from './map-iterator.ts'
import type { Origins } from './origin.ts'
import { EncodedExecutionResult, resumableSse, SSE_MEDIA_TYPE, type SseOptions, type StreamOwner } from './sse.ts'
import type { Subscriptions } from './subscriptions.ts'
import { MS_PER_COST, type Turns } from './turns.ts'

export interface GraphqlHttpOptions extends SseOptions {
  readonly schema: GraphQLSchema
  readonly documents: Documents
  readonly masking: Masking
  readonly operations: Operations
  readonly subscriptions: Subscriptions
  readonly origins: Origins
  readonly turns: Pick<Turns, 'charge'>
  /** Null: it is switched off. */
  readonly graphiql: GraphiqlPage | null
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
  const { schema, documents, masking, operations, subscriptions, origins, turns, graphiql, messageBytes } = options

  /** Subscriptions through the fan-out where they can be shared; Last-Event-ID says more lately than `since` does. */
  async function subscribeShared(args: ExecutionArgs) {
    try {
      const context = args.contextValue as Context & { request: Request }
      // Nothing else ends with its session, counts for limits and is let go: Yoga would open the feed, find that nobody
      // takes it (406) and never close it, or send it as multipart.
      if (!context.request.headers.get('accept')?.includes(SSE_MEDIA_TYPE)) {
        throw badRequest('A subscription is a stream: accept text/event-stream.', 406)
      }
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
      // What the body looked like to the parser: up to the whole of it.
      delete extensions.originalError
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
    graphiql: false,
    cors: request => {
      const origin = request.headers.get('origin')
      return origin && origins.isListed(origin)
        ? {
            origin,
            credentials: true,
            methods: ['GET', 'POST'],
            allowedHeaders: ['content-type', 'authorization', 'recado-account'],
          }
        : false
    },
    plugins: [ownEngine(), wellFormed(), subscriptionsOnlyByGet(), resumableSse(options)],
  })

  function ownEngine(): Plugin {
    return {
      onParse({ setParseFn, context }) {
        setParseFn((source: string) => {
          const started = performance.now()
          const { document, errors } = documents.prepare(source)
          turns.charge(ownerOf(context as unknown as Context), performance.now() - started)
          if (!document) throw errors[0]
          return document
        })
      },
      onValidate({ setValidationFn }) {
        // Of these Yoga asks no `maskError`.
        setValidationFn((_: GraphQLSchema, document: DocumentNode) => documents.errorsOf(document).map(present))
      },
      onExecute({ setExecuteFn }) {
        setExecuteFn(async (args: ExecutionArgs) => {
          turns.charge(ownerOf(args.contextValue as Context), documents.costOf(args.document) * MS_PER_COST)
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
    if (graphiql?.isAskedFor(request)) return graphiql.answer(request, response)
    await yoga(request, response, context)
  }
}

/** By whom the work for a request is counted. */
function ownerOf({ viewer, address }: Context): string {
  return viewer?.account.id ?? networkOf(address)
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
