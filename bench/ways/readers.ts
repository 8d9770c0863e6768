// Five ways for one person to receive a chat's messages, over bare TCP: polling, long polling, SSE, WebSocket. Each asks
// for the same fields of each message, and hands over its text as soon as it has it.
import { randomBytes } from 'node:crypto'
import { type Costs, type Metered, openMetered } from './meter.ts'

export interface ReaderOptions {
  /** Of Recado. */
  readonly port: number
  /** Of the door for long polling (bench/servers/long-polling.ts). */
  readonly doorPort: number
  readonly token: string
  /** The newest place of the log. */
  readonly since: string
  /** From 0 to 1: where in its interval this one polls, so that not all poll at once. */
  readonly phase: number
  readonly costs: Costs
  onText(text: string): void
  onFault(fault: Error): void
}

export interface Reader {
  /** Resolves once it receives. */
  start(): Promise<void>
  stop(): void
}

export const WAYS = {
  'polling-1s': (options: ReaderOptions) => polling(options, 1_000),
  'polling-5s': (options: ReaderOptions) => polling(options, 5_000),
  'long-polling': longPolling,
  sse,
  websocket,
} as const satisfies Record<string, (options: ReaderOptions) => Reader>

export type Way = keyof typeof WAYS

const FIELDS = '{ cursor text from { username } }'
const PAGE = `query ($since: Cursor) { messages(since: $since, limit: 100) { nodes ${FIELDS} pageInfo { endCursor } } }`
const FEED = `subscription ($since: Cursor) { onMessage(since: $since) ${FIELDS} }`

/** The headers of a program. A browser adds some hundred bytes to each request (User-Agent, Accept-Language, Cookie …). */
function post(path: string, port: number, token: string, accept: string, body: string): string {
  const head = [
    `POST ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Content-Type: application/json',
    `Accept: ${accept}`,
    `Authorization: Bearer ${token}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
  ]
  return `${head.join('\r\n')}\r\n\r\n${body}`
}

interface Page {
  readonly data: {
    readonly messages: {
      readonly nodes: readonly { readonly text: string }[]
      readonly pageInfo: { readonly endCursor: string }
    }
  }
}

/** One kept connection, a request at a time. */
async function openHttp(port: number, options: ReaderOptions, onAnswer: (body: string) => void): Promise<Metered> {
  let received: Buffer = Buffer.alloc(0)
  const connection = await openMetered(port, options.costs, chunk => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
    const end = received.indexOf('\r\n\r\n')
    if (end < 0) return
    const head = received.toString('latin1', 0, end)
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
    if (!head.startsWith('HTTP/1.1 200 ') || length === undefined) return options.onFault(new Error(head))
    if (received.length < end + 4 + Number(length)) return
    const body = received.toString('utf8', end + 4, end + 4 + Number(length))
    received = received.subarray(end + 4 + Number(length))
    onAnswer(body)
  })
  return connection
}

function polling(options: ReaderOptions, everyMs: number): Reader {
  const { port, token, phase, costs, onText } = options
  let { since } = options
  let timer: NodeJS.Timeout | undefined
  let connection: Metered | undefined
  const answered = Promise.withResolvers<void>()
  return {
    async start() {
      connection = await openHttp(port, options, body => {
        const { messages } = (JSON.parse(body) as Page).data
        for (const { text } of messages.nodes) onText(text)
        since = messages.pageInfo.endCursor
        answered.resolve()
      })
      const ask = (): void => {
        costs.requests++
        const body = JSON.stringify({ query: PAGE, variables: { since } })
        connection?.write(post('/graphql', port, token, 'application/json', body))
      }
      ask()
      await answered.promise
      timer = setTimeout(() => {
        ask()
        timer = setInterval(ask, everyMs)
      }, phase * everyMs)
    },
    stop() {
      clearInterval(timer)
      connection?.tcp.destroy()
    },
  }
}

function longPolling(options: ReaderOptions): Reader {
  const { doorPort, token, costs, onText } = options
  let { since } = options
  let connection: Metered | undefined
  return {
    async start() {
      const ask = (): void => {
        costs.requests++
        connection?.write(post('/wait', doorPort, token, 'application/json', JSON.stringify({ since })))
      }
      connection = await openHttp(doorPort, options, body => {
        const { messages } = (JSON.parse(body) as Page).data
        since = messages.pageInfo.endCursor
        // It asks for more before it shows what came: less waits.
        ask()
        for (const { text } of messages.nodes) onText(text)
      })
      ask()
    },
    stop() {
      connection?.tcp.destroy()
    },
  }
}

function sse(options: ReaderOptions): Reader {
  const { port, token, since, costs, onText, onFault } = options
  let connection: Metered | undefined
  const open = Promise.withResolvers<void>()
  let text = ''
  return {
    async start() {
      connection = await openMetered(port, costs, chunk => {
        // Lines of chunked encoding stand between events; an event is one write here, and so never broken by them.
        text += chunk.toString()
        if (text.startsWith('HTTP/1.1') && !text.startsWith('HTTP/1.1 200 ')) return onFault(new Error(text))
        if (text.includes('\r\n\r\n')) open.resolve()
        for (;;) {
          const end = text.indexOf('\n\n')
          if (end < 0) return
          const [, json] = /^data: (\{.*\})$/m.exec(text.slice(0, end)) ?? []
          text = text.slice(end + 2)
          if (json !== undefined) onText(JSON.parse(json).data.onMessage.text)
        }
      })
      costs.requests++
      const body = JSON.stringify({ query: FEED, variables: { since } })
      connection.write(post('/graphql', port, token, 'text/event-stream', body))
      await open.promise
    },
    stop() {
      connection?.tcp.destroy()
    },
  }
}

function websocket(options: ReaderOptions): Reader {
  const { port, token, since, costs, onText, onFault } = options
  let connection: Metered | undefined
  const open = Promise.withResolvers<void>()
  let received: Buffer = Buffer.alloc(0)
  let upgraded = false

  function take(chunk: Buffer): void {
    received = Buffer.concat([received, chunk])
    if (!upgraded) {
      const end = received.indexOf('\r\n\r\n')
      if (end < 0) return
      if (!received.toString('latin1', 0, end).includes(' 101 ')) return onFault(new Error(received.toString()))
      upgraded = true
      received = received.subarray(end + 4)
      send(1, JSON.stringify({ type: 'connection_init', payload: { authorization: token } }))
    }
    for (;;) {
      if (received.length < 2) return
      const short = (received[1] ?? 0) & 127
      const start = short === 126 ? 4 : 2
      if (received.length < start) return
      const end = start + (short === 126 ? received.readUInt16BE(2) : short)
      if (received.length < end) return
      const opcode = (received[0] ?? 0) & 15
      const payload = received.toString('utf8', start, end)
      received = received.subarray(end)
      if (opcode === 9) send(10, payload)
      else if (opcode === 1) hear(JSON.parse(payload))
      else onFault(new Error(`opcode ${opcode}`))
    }
  }

  function hear(message: { type: string; payload?: { data: { onMessage: { text: string } } } }): void {
    if (message.type === 'connection_ack') {
      send(1, JSON.stringify({ id: '1', type: 'subscribe', payload: { query: FEED, variables: { since } } }))
      open.resolve()
    } else if (message.type === 'next' && message.payload) onText(message.payload.data.onMessage.text)
    else onFault(new Error(JSON.stringify(message)))
  }

  function send(opcode: number, text: string): void {
    const payload = Buffer.from(text)
    const mask = randomBytes(4)
    const length = payload.length < 126 ? [0x80 | payload.length] : [0xfe, payload.length >> 8, payload.length & 255]
    const masked = payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0))
    connection?.write(Buffer.concat([Buffer.from([0x80 | opcode, ...length]), mask, masked]))
  }

  return {
    async start() {
      connection = await openMetered(port, costs, take)
      costs.requests++
      const head = [
        'GET /graphql HTTP/1.1',
        `Host: 127.0.0.1:${port}`,
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
        'Sec-WebSocket-Protocol: graphql-transport-ws',
      ]
      connection.write(`${head.join('\r\n')}\r\n\r\n`)
      await open.promise
    },
    stop() {
      connection?.tcp.destroy()
    },
  }
}
