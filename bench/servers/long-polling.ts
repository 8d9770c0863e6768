// Recado with a door for long polling in front, in one process. Recado has none; this is what people write when they want
// one: a request waits until there is something newer than its cursor, at most 25 s. It asks nobody who they are and knows
// public messages only, so its cost is the least that long polling can cost here.
import { createServer, type ServerResponse } from 'node:http'
import { createClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import { startServer } from '../../server/main.ts'
import { listen } from './ready.ts'

/** As long as proxies commonly let an answer wait. */
const WAIT_MS = 25_000
/** Newest messages that are kept for whoever asks a little late. */
const KEPT = 1_000

interface Kept {
  readonly cursor: string
  readonly json: string
}

interface Waiting {
  readonly response: ServerResponse
  readonly since: string
  readonly timer: NodeJS.Timeout
}

const recado = await startServer(process.env)
const answer = await fetch(`${recado.url}/graphql`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ query: 'mutation { enter(username: "door") { token } }' }),
})
const { data } = (await answer.json()) as { data: { enter: { token: string } } }
/** The headers of Recado's own answers, so that one answer here is as long as one there. */
const headers = Object.fromEntries(
  [...answer.headers].filter(
    ([name]) => !['content-length', 'date', 'connection', 'keep-alive', 'set-cookie'].includes(name),
  ),
)

const kept: Kept[] = []
const waiting = new Set<Waiting>()

const client = createClient({
  url: `${recado.url.replace(/^http/, 'ws')}/graphql`,
  webSocketImpl: WebSocket,
  connectionParams: { authorization: data.enter.token },
})
interface Told {
  readonly onEvent: { readonly __typename: string; readonly cursor: string; readonly message?: unknown }
}

client.subscribe<Told>(
  {
    query:
      'subscription { onEvent { __typename ... on LogEvent { cursor } ... on MessageAdded { message { cursor text from { username } } } } }',
  },
  {
    next(result) {
      if (!result.data) return
      const { __typename, cursor, message } = result.data.onEvent
      // Nobody is let in before every message is heard.
      if (__typename === 'CaughtUp') return listen(door)
      if (__typename !== 'MessageAdded') return
      kept.push({ cursor, json: JSON.stringify(message) })
      if (kept.length > KEPT) kept.shift()
      for (const each of [...waiting]) give(each)
    },
    error: error => console.error(error),
    complete() {},
  },
)

function give({ response, since, timer }: Waiting): boolean {
  const nodes = kept.filter(({ cursor }) => cursor > since)
  if (nodes.length === 0) return false
  clearTimeout(timer)
  answerWith(response, nodes.at(-1)?.cursor ?? since, nodes)
  return true
}

function answerWith(response: ServerResponse, cursor: string, nodes: readonly Kept[]): void {
  for (const each of waiting) if (each.response === response) waiting.delete(each)
  const json = nodes.map(each => each.json).join(',')
  const body = `{"data":{"messages":{"nodes":[${json}],"pageInfo":{"endCursor":"${cursor}"}}}}`
  response.writeHead(200, { ...headers, 'content-length': Buffer.byteLength(body) })
  response.end(body)
}

const door = createServer((request, response) => {
  if (request.method === 'GET') return void response.end(recado.url)
  let body = ''
  request.setEncoding('utf8').on('data', chunk => {
    body += chunk
  })
  request.on('end', () => {
    const { since } = JSON.parse(body) as { since: string }
    const timer = setTimeout(() => answerWith(response, since, []), WAIT_MS)
    const each = { response, since, timer }
    waiting.add(each)
    give(each)
  })
})
