// Stock graphql-yoga with graphql-ws and ws, put together by Yoga's own recipe for GraphQL over WebSocket; messages
// pass through its createPubSub and are kept nowhere. The operations are the ones that Recado gets.
import { createServer } from 'node:http'
import { useServer as serveSockets } from 'graphql-ws/use/ws'
import { createPubSub, createSchema, createYoga, type YogaInitialContext } from 'graphql-yoga'
import { WebSocketServer } from 'ws'
import type { ChatMessage } from '../load/chat-client.ts'
import { createMessages } from './messages.ts'
import { listen } from './ready.ts'

const createMessage = createMessages()
const pubSub = createPubSub<{ message: [message: ChatMessage] }>()

const yoga = createYoga({
  schema: createSchema({
    typeDefs: /* GraphQL */ `
      scalar Cursor
      scalar DateTime
      type User {
        id: ID!
        username: String!
      }
      type Message {
        id: ID!
        cursor: Cursor!
        from: User!
        to: User
        text: String!
        sentAt: DateTime!
      }
      type Query {
        hello: String
      }
      type Mutation {
        sendMessage(text: String!, plain: Boolean = false): Message!
      }
      type Subscription {
        onMessage(since: Cursor): Message!
      }
    `,
    resolvers: {
      Mutation: {
        sendMessage(_parent: unknown, { text }: { text: string }) {
          const message = createMessage(text)
          pubSub.publish('message', message)
          return message
        },
      },
      Subscription: {
        onMessage: {
          subscribe: () => pubSub.subscribe('message'),
          resolve: (message: ChatMessage) => message,
        },
      },
    },
  }),
  graphiql: { subscriptionsProtocol: 'WS' },
})

const server = createServer(yoga)
const wss = new WebSocketServer({ server, path: yoga.graphqlEndpoint })

interface RootValue {
  execute: ReturnType<typeof yoga.getEnveloped>['execute']
  subscribe: ReturnType<typeof yoga.getEnveloped>['subscribe']
}

serveSockets(
  {
    execute: args => (args.rootValue as RootValue).execute(args),
    subscribe: args => (args.rootValue as RootValue).subscribe(args),
    onSubscribe: async (context, _id, params) => {
      const { schema, execute, subscribe, contextFactory, parse, validate } = yoga.getEnveloped({
        ...context,
        req: context.extra.request,
        socket: context.extra.socket,
        params,
      } as unknown as YogaInitialContext)
      const args = {
        schema,
        operationName: params.operationName,
        document: parse(params.query),
        variableValues: params.variables,
        contextValue: await contextFactory(),
        rootValue: { execute, subscribe },
      }
      const errors = validate(args.schema, args.document)
      return errors.length > 0 ? errors : args
    },
  },
  wss,
)

listen(server)
