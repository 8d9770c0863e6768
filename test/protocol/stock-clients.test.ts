// Clients that know nothing of Recado, unmodified and set up as their documentation shows: each enters, sends,
// subscribes, and comes back after a drop.
import { ApolloClient, ApolloLink, gql as apolloGql, HttpLink, InMemoryCache } from '@apollo/client'
import { GraphQLWsLink } from '@apollo/client/link/subscriptions'
import { fetchExchange, gql, subscriptionExchange, Client as UrqlClient } from '@urql/core'
import { EventSource } from 'eventsource'
import { createClient as createSseClient } from 'graphql-sse'
import { createClient, type Sink } from 'graphql-ws'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Data, type Entered, enter, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { EVENTS, live, record, stockClient, textsOf } from '../setup/stock.ts'
import { startTcpProxy } from '../setup/tcp-proxy.ts'
import { until } from '../setup/until.ts'

let server: TestServer
let maria: Entered

beforeAll(async () => {
  server = await startTestServer()
  maria = await enter(server.graphql, 'maria')
})

afterAll(async () => {
  await server.close()
})

const ENTER = 'mutation ($username: String!) { enter(username: $username) { token me { username } } }'
const SEND = 'mutation ($text: String!) { sendMessage(text: $text) { id cursor text } }'
const SINCE = 'subscription ($since: Cursor) { onMessage(since: $since) { cursor text } }'

describe('stock clients', () => {
  test('SOCK-1 AUTH-2 graphql-ws enters, connects again with its token, sends and subscribes', async () => {
    const anonymous = stockClient(server.socket, null)
    const entered = await anonymous.run(ENTER, { username: 'ws' })
    const { token } = entered.data.enter
    // AUTH-6: the socket on which one entered is still nobody's.
    expect((await anonymous.run('{ me { username } }')).data).toEqual({ me: null })
    await anonymous.dispose()

    const device = stockClient(server.socket, token)
    const feed = device.subscribe(EVENTS)
    await live(feed)
    const sent = await device.send({ text: 'from graphql-ws' })
    await until('the message', () => textsOf(feed).includes('from graphql-ws'))
    expect(feed.items.at(-1)?.onEvent.cursor).toBe(sent.cursor)
    expect((await device.run('{ me { username } }')).data).toEqual({ me: { username: 'ws' } })
    feed.stop()
    await device.dispose()
  })

  test('FEED-1 graphql-ws’s own reconnection resumes where a getter says, with nothing missed and nothing doubled', async () => {
    const { token } = await enter(server.graphql, 'getter')
    const proxy = await startTcpProxy({ port: Number(new URL(server.url).port) })
    const client = createClient({
      url: `ws://127.0.0.1:${proxy.port}/graphql`,
      connectionParams: { authorization: token },
      retryWait: async () => {},
      retryAttempts: 20,
      shouldRetry: () => true,
    })
    const running = record()
    let since: string | null = null
    const variables = {
      get since() {
        return since
      },
    }
    const stop = client.subscribe(
      { query: EVENTS, variables },
      {
        ...running.sink,
        next(result) {
          running.sink.next(result as { data?: Data })
          since = (result.data as Data)?.onEvent.cursor ?? since
        },
      },
    )
    await live(running)
    const texts: string[] = []
    for (let i = 0; i < 60; i++) {
      texts.push(`cut ${i}`)
      if (i % 12 === 7) {
        const { connections } = proxy
        proxy.cutAll()
        if (i % 24 === 7) await until('another connection', () => proxy.connections > connections)
      }
      await send(server.graphql, maria.token, { text: `cut ${i}` })
    }
    await until('all of them', () => textsOf(running).length >= texts.length)
    expect(textsOf(running)).toEqual(texts)
    expect(proxy.connections).toBeGreaterThan(3)
    stop()
    await client.dispose()
    await proxy.close()
  })

  test('HTTP-1 SOCK-3 urql queries and mutates over HTTP, and subscribes over graphql-ws', async () => {
    const { token } = await enter(server.graphql, 'urql')
    const socket = createClient({ url: server.socket, connectionParams: { authorization: `Bearer ${token}` } })
    const client = new UrqlClient({
      url: server.graphql,
      preferGetMethod: false,
      fetchOptions: { headers: { authorization: `Bearer ${token}` } },
      exchanges: [
        fetchExchange,
        subscriptionExchange({
          forwardSubscription: request => ({
            subscribe: sink => ({
              unsubscribe: socket.subscribe({ query: request.query ?? '', variables: request.variables }, sink as Sink),
            }),
          }),
        }),
      ],
    })
    const texts: string[] = []
    const events: string[] = []
    const { unsubscribe } = client
      .subscription(gql`subscription { onEvent { __typename ... on MessageAdded { message { text } } } }`, {})
      .subscribe(({ data }) => {
        if (data) events.push(data.onEvent.__typename)
        if (data?.onEvent.message) texts.push(data.onEvent.message.text)
      })
    await until('CaughtUp', () => events.includes('CaughtUp'))
    const sent = await client.mutation(SEND, { text: 'from urql' }).toPromise()
    expect(sent.error).toBeUndefined()
    await until('the message', () => texts.includes('from urql'))
    const page = await client.query('{ messages(limit: 1) { nodes { text } } }', {}).toPromise()
    expect(page.data.messages.nodes).toMatchObject([{ text: 'from urql' }])
    const refused = await client.mutation(SEND, { text: '/nonsense' }).toPromise()
    expect(refused.error?.graphQLErrors[0]?.extensions.code).toBe('UNKNOWN_COMMAND')
    unsubscribe()
    await socket.dispose()
  })

  test('HTTP-1 SOCK-3 Apollo Client queries and mutates over HTTP, and subscribes over its GraphQLWsLink', async () => {
    const { token } = await enter(server.graphql, 'apollo')
    const socket = createClient({ url: server.socket, connectionParams: { authorization: `Bearer ${token}` } })
    const client = new ApolloClient({
      cache: new InMemoryCache({
        possibleTypes: { Event: ['MessageAdded', 'MessageEdited', 'MessageDeleted', 'CaughtUp'] },
      }),
      link: ApolloLink.split(
        ({ operationType }) => operationType === 'subscription',
        new GraphQLWsLink(socket),
        new HttpLink({ uri: server.graphql, headers: { authorization: `Bearer ${token}` } }),
      ),
    })
    const texts: string[] = []
    const events: string[] = []
    const subscription = client
      .subscribe<Data>({
        query: apolloGql`subscription { onEvent { __typename ... on MessageAdded { message { id text } } } }`,
      })
      .subscribe(({ data }) => {
        if (data) events.push(data.onEvent.__typename)
        if (data?.onEvent.message) texts.push(data.onEvent.message.text)
      })
    await until('CaughtUp', () => events.includes('CaughtUp'))
    await client.mutate({ mutation: apolloGql(SEND), variables: { text: 'from Apollo' } })
    await until('the message', () => texts.includes('from Apollo'))
    const page = await client.query<Data>({ query: apolloGql`{ messages(limit: 1) { nodes { id text } } }` })
    expect(page.data?.messages.nodes).toMatchObject([{ text: 'from Apollo' }])
    subscription.unsubscribe()
    await socket.dispose()
    client.stop()
  })

  test('SSE-1 SSE-6 graphql-sse subscribes, comes back by itself after a cut, and is told of refusals', async () => {
    const { token } = await enter(server.graphql, 'sse')
    const proxy = await startTcpProxy({ port: Number(new URL(server.url).port) })
    const client = createSseClient({
      url: `http://127.0.0.1:${proxy.port}/graphql`,
      headers: { authorization: `Bearer ${token}` },
      retry: async () => {},
    })
    let since: string | null = null
    const running = record()
    client.subscribe(
      {
        query: EVENTS,
        variables: {
          get since() {
            return since
          },
        },
      },
      {
        ...running.sink,
        next(result) {
          running.sink.next(result as { data?: Data })
          since = (result.data as Data)?.onEvent.cursor ?? since
        },
      },
    )
    await live(running)
    const texts: string[] = []
    for (let i = 0; i < 20; i++) {
      texts.push(`sse ${i}`)
      if (i === 10) proxy.cutAll()
      await send(server.graphql, maria.token, { text: `sse ${i}` })
    }
    await until('all of them', () => textsOf(running).length >= texts.length)
    expect(textsOf(running)).toEqual(texts)
    expect(proxy.connections).toBeGreaterThan(1)

    const refused = record()
    client.subscribe({ query: SINCE, variables: { since: 'damaged' } }, refused.sink as never)
    await until('the end of the refused one', () => refused.completed)
    expect(refused.errors[0]?.extensions?.code).toBe('CURSOR_INVALID')
    client.dispose()
    await proxy.close()
  })

  test('SSE-2 SSE-3 SSE-4 EventSource comes back by itself with Last-Event-ID: nothing is missed and nothing doubled', async () => {
    const { token } = await enter(server.graphql, 'eventsource')
    const proxy = await startTcpProxy({ port: Number(new URL(server.url).port) })
    const lastEventIds: (string | null)[] = []
    const url = new URL(`http://127.0.0.1:${proxy.port}/graphql`)
    url.searchParams.set('query', 'subscription { onMessage { text } }')
    const source = new EventSource(url, {
      fetch: (input, init) => {
        const headers = new Headers(init.headers as Record<string, string>)
        lastEventIds.push(headers.get('last-event-id'))
        headers.set('authorization', `Bearer ${token}`)
        return fetch(input, { ...init, headers } as RequestInit)
      },
    })
    const texts: string[] = []
    const ids: string[] = []
    let opened = 0
    source.addEventListener('open', () => opened++)
    source.addEventListener('next', event => {
      texts.push(JSON.parse(event.data).data.onMessage.text)
      ids.push(event.lastEventId)
    })
    await until('the stream is open', () => opened === 1)
    const expected: string[] = []
    const cursors: string[] = []
    for (let i = 0; i < 30; i++) {
      expected.push(`event ${i}`)
      if (i === 15) {
        await until('the first half', () => texts.length === 15)
        proxy.cutAll()
      }
      cursors.push((await send(server.graphql, maria.token, { text: `event ${i}` })).cursor)
    }
    await until('all of them, after it has connected again', () => texts.length >= 30)
    expect(texts).toEqual(expected)
    expect(ids).toEqual(cursors)
    expect(lastEventIds).toEqual([null, cursors[14]])
    source.close()
    await proxy.close()
  })
})
