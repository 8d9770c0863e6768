// Sends a row's input in the way of its room, and answers with what came back, in the shape of its `expected`.
import { request as httpRequest } from 'node:http'
import { openRawSocket, type RawSocket } from '../setup/raw-socket.ts'
import { type Data, enter, type GraphQLErrorShape, request, send } from '../setup/request.ts'
import { until } from '../setup/until.ts'
import type {
  Breaking,
  Closed,
  ErrorPair,
  HttpAnswer,
  HttpRequest,
  OperationRow,
  ProbeRow,
  Row,
  Scene,
  UpgradeRow,
} from './row.ts'
import type { Stranger } from './stranger.ts'
import type { Target } from './target.ts'

export interface Driver {
  /** What the server answers to this input. Everything that was opened for it is closed again. */
  answerTo(row: Row): Promise<Row['expected']>
  close(): Promise<void>
}

/** A challenge server gets its failures asked anew after this long. */
const PROBE_FAILURES_MS = 1_000

/** What the server of the table is started with. */
export function settingsFor(stranger: Stranger): Record<string, string> {
  return {
    ALLOWED_ORIGINS: 'https://friend.example',
    INIT_TIMEOUT_MS: '2500',
    CHALLENGE_URL: stranger.url,
    CHALLENGE_TIMEOUT_MS: '1000',
  }
}

export async function createDriver(target: Target, stranger: Stranger): Promise<Driver> {
  const scene = await setScene(target)
  const openSockets = new Set<RawSocket>()
  let probedAt = Number.NEGATIVE_INFINITY

  async function open(options: Parameters<typeof openRawSocket>[1] = {}): Promise<RawSocket> {
    const socket = await openRawSocket(target.socket, options)
    openSockets.add(socket)
    return socket
  }

  function letGo(socket: RawSocket): void {
    socket.destroy()
    openSockets.delete(socket)
  }

  /** A socket of mallory's with a running feed. */
  async function acknowledged(): Promise<RawSocket> {
    const socket = await open()
    socket.send({ type: 'connection_init', payload: { authorization: scene.mallory.token } })
    await expectType(socket, 'connection_ack')
    socket.send({ id: 'feed', type: 'subscribe', payload: { query: 'subscription { onEvent { __typename } }' } })
    await expectType(socket, 'next')
    return socket
  }

  async function frames(bytes: Buffer): Promise<Closed> {
    const socket = await acknowledged()
    socket.write(bytes)
    return closing(socket)
  }

  async function closing(socket: RawSocket): Promise<Closed> {
    const { code, reason } = await socket.ended(30_000)
    letGo(socket)
    return { code: code ?? 0, reason }
  }

  async function upgrade({ input }: UpgradeRow): Promise<HttpAnswer> {
    const socket = await open(input(scene))
    if (socket.status === 101) {
      letGo(socket)
      return { status: 101, body: '' }
    }
    const body = await socket.body()
    letGo(socket)
    return { status: socket.status, body }
  }

  async function breaking(input: Breaking): Promise<Closed> {
    const { messages, acknowledged: isAcknowledged, protocol, authorization, headers } = input
    if (isAcknowledged !== false) {
      const socket = await acknowledged()
      for (const message of messages) socket.send(message)
      return closing(socket)
    }
    const socket = await open({
      ...(protocol === undefined ? {} : { protocol }),
      ...(headers ? { headers: headers(scene) } : {}),
    })
    if (socket.status !== 101) throw new Error(`The upgrade was refused with ${socket.status}`)
    if (authorization !== undefined) socket.send({ type: 'connection_init', payload: { authorization } })
    for (const message of messages) socket.send(message)
    return closing(socket)
  }

  /** Refused with `error`; then the feed of the same socket goes on, and the id is free again. */
  async function operation({ input }: OperationRow): Promise<readonly ErrorPair[]> {
    const socket = await acknowledged()
    const id = input.operationId ?? 'bad'
    const payload = typeof input.payload === 'function' ? input.payload(scene) : input.payload
    socket.send({ id, type: 'subscribe', payload })
    const answer = await socket.receive()
    if (answer.id !== id || answer.type !== 'error') throw new Error(`Not refused: ${JSON.stringify(answer)}`)
    await send(target.graphql, scene.mallory.token, { text: '/msg mallory a note' })
    await expectType(socket, 'next')
    if (id.length <= 256) {
      socket.send({ id, type: 'subscribe', payload: { query: '{ __typename }' } })
      await expectType(socket, 'next')
      await expectType(socket, 'complete')
    }
    letGo(socket)
    return pairsOf(answer.payload)
  }

  async function http(input: HttpRequest): Promise<HttpAnswer> {
    if (input.raw !== undefined) {
      const socket = await open({ request: input.raw })
      const answer = { status: socket.status, body: unchunked(socket, await socket.body()) }
      letGo(socket)
      return answer
    }
    return ask(target.url, input)
  }

  async function probe({ input }: ProbeRow): Promise<{ code: string; reason: string }> {
    await until('the last failure to be forgotten', () => performance.now() > probedAt + PROBE_FAILURES_MS + 20)
    stranger.behave = input
    const { errors } = await request(target.graphql, '{ probe { message } }')
    probedAt = performance.now()
    await until('the connection to the challenge server to be gone', () => stranger.open === 0)
    const { code, reason } = errors?.[0]?.extensions ?? {}
    return { code: String(code), reason: String(reason) }
  }

  return {
    async answerTo(row) {
      switch (row.room) {
        case 'frames':
          return frames(row.input)
        case 'upgrade':
          return upgrade(row)
        case 'protocol':
          return breaking(row.input)
        case 'operation':
          return operation(row)
        case 'http':
          return http(row.input(scene))
        case 'chat': {
          const { query, variables, token } = row.input(scene)
          const result = await request(target.graphql, query, {
            ...(variables ? { variables } : {}),
            token: token === null ? undefined : scene.mallory.token,
          })
          if (!result.errors) throw new Error(`Not refused: ${JSON.stringify(result)}`)
          return pairsOf(result.errors)
        }
        case 'probe':
          return probe(row)
      }
    },
    async close() {
      for (const socket of openSockets) socket.destroy()
    },
  }
}

async function setScene(target: Target): Promise<Scene> {
  const [mallory, joao, maria] = await Promise.all(
    ['mallory', 'João', 'maria'].map(name => enter(target.graphql, name)),
  )
  if (!mallory || !joao || !maria) throw new Error('nobody has entered')
  const publicMessage = await send(target.graphql, mallory.token, { text: 'for everyone', plain: true })
  const foreignMessage = await send(target.graphql, joao.token, { text: 'between two', to: 'maria' })
  return { url: target.url, host: new URL(target.url).host, mallory, publicMessage, foreignMessage }
}

async function expectType(socket: RawSocket, type: string): Promise<Data> {
  const message = await socket.receive()
  if (message.type !== type) throw new Error(`Expected ${type}, got ${JSON.stringify(message)}`)
  return message
}

function pairsOf(errors: readonly GraphQLErrorShape[]): ErrorPair[] {
  return errors.map(({ message, extensions }) => [String(extensions?.code), message] as const)
}

/** One request on a connection of its own, with exactly these headers. */
function ask(url: string, { method = 'POST', path = '', headers = {}, body }: HttpRequest): Promise<HttpAnswer> {
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
  const { hostname, port } = new URL(url)
  const all: Record<string, string> = {
    ...(text === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': `${Buffer.byteLength(text)}` }),
    ...headers,
  }
  if (all['content-type'] === '') delete all['content-type']
  return new Promise((resolve, reject) => {
    const asking = httpRequest(
      { hostname, port, method, path: path.startsWith('/') ? path : `/graphql${path}`, headers: all, agent: false },
      response => {
        let answer = ''
        response.setEncoding('utf8')
        response.on('data', chunk => {
          answer += chunk
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: answer }))
        response.on('error', reject)
      },
    )
    asking.on('error', reject)
    asking.end(text)
  })
}

/** The body of a raw answer, without the marks of chunks. */
function unchunked(socket: RawSocket, body: string): string {
  if (socket.headers.get('transfer-encoding') !== 'chunked') return body
  return body.replace(/^[0-9a-f]+\r\n([\s\S]*?)\r\n(?:0\r\n\r\n)?$/i, '$1')
}
