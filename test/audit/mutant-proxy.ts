// A server that is broken in one way: a proxy before a real one, which alters what passes, on HTTP, SSE and WebSocket.
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'

// biome-ignore lint/suspicious/noExplicitAny: mutants alter whatever JSON passes
export type Json = any

/** `{ query, variables, operationName }`, wherever it stood. */
export interface Operation {
  query: string
  variables: Json
  operationName?: string
}

export interface HttpRequest {
  method: string
  url: string
  headers: Record<string, string>
  body: string
}

export interface HttpAnswer {
  status: number
  headers: Record<string, string | string[]>
  body: string
}

/** One WebSocket that passes, as alterations see it. */
export interface Wire {
  /** The query of each operation by its id. */
  readonly operations: Map<string, Operation>
  /** How many sockets there were before it. */
  readonly number: number
  /** For whatever an alteration keeps. */
  readonly kept: Map<string, Json>
  /** Sends the client a message that the server never sent. */
  inject(message: Json): void
  /** Closes it towards the client. */
  close(code: number, reason?: string): void
}

/** All optional: what is not altered passes as it is. */
export interface Alterations {
  /** An operation on any transport; altered in place. */
  operation?(operation: Operation, about: { readonly token: string }): void
  /** Any text of JSON that the server sends on any transport. */
  json?(text: string): string
  /** A result on any transport. */
  result?(result: Json, operation: Operation): Json
  request?(request: HttpRequest): HttpAnswer | undefined
  answer?(answer: HttpAnswer, request: HttpRequest): void
  /** An event of a stream, without its empty line. Null: it is lost. */
  event?(block: string): string | null
  /** The head of an upgrade request. A number: refused with this status. */
  upgrade?(head: { url: string; headers: Record<string, string> }): number | undefined
  /** The head of the server's answer to an upgrade. */
  upgradeAnswer?(head: string): string
  fromClient?(message: Json, wire: Wire): Json[]
  fromServer?(message: Json, wire: Wire): Json[]
  /** A control frame of the server, or a frame of the client, by opcode. Null: it is lost. */
  serverFrame?(frame: WireFrame, wire: Wire): WireFrame[] | Promise<WireFrame[]>
  clientFrame?(frame: WireFrame, wire: Wire): WireFrame[]
  /** The server has cut a socket. */
  cut?(wire: Wire): void
  /** In place of all of HTTP: the first bytes of a connection. */
  bytes?(chunk: Buffer, socket: Socket): boolean
}

export interface WireFrame {
  readonly fin: boolean
  readonly opcode: number
  readonly payload: Buffer
}

export interface MutantProxy {
  readonly url: string
  close(): Promise<void>
}

/** @param target `http://127.0.0.1:PORT` of the real server */
export async function startMutantProxy(target: string, alterations: Alterations): Promise<MutantProxy> {
  const { hostname, port, host } = new URL(target)
  const sockets = new Set<Duplex>()
  const wires = { count: 0 }
  // Whoever asks ends an idle connection first: one that is ended here as it is used again would be no answer.
  const server = createServer({ maxHeaderSize: 64 * 1024, keepAliveTimeout: 60_000 }, (request, response) => {
    serve(request, response).catch(() => response.destroy())
  })
  server.on('upgrade', (request, socket, head) => upgrade(request, socket, head))
  // Raw bytes first, for what no HTTP server would let through.
  const front: Server = createTcpServer(socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    if (!alterations.bytes) return void server.emit('connection', socket)
    socket.once('data', chunk => {
      if (alterations.bytes?.(chunk, socket)) return
      server.emit('connection', socket)
      socket.unshift(chunk)
    })
  })
  await new Promise<void>(resolve => front.listen(0, '127.0.0.1', resolve))
  const { port: ownPort } = front.address() as AddressInfo

  /** Whoever speaks of this proxy's address means the server's. */
  const inward = (text: string): string => text.replaceAll(`127.0.0.1:${ownPort}`, host)

  function alterOperation(operation: Operation, token: string): void {
    operation.variables ??= {}
    alterations.operation?.(operation, { token })
  }

  function alterResult(result: Json, operation: Operation | undefined): Json {
    if (!alterations.result || !operation || typeof result !== 'object' || result === null) return result
    operation.variables ??= {}
    return alterations.result(result, operation)
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const asked: HttpRequest = {
      method: request.method ?? 'GET',
      url: request.url ?? '/',
      headers: Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, inward(String(value))]),
      ),
      body: Buffer.concat(chunks).toString(),
    }
    const operation = operationOf(asked.body)
    if (operation && alterations.operation) {
      alterOperation(operation, asked.headers.authorization ?? '')
      asked.body = JSON.stringify(operation)
    }
    const instead = alterations.request?.(asked)
    if (instead) return finish(response, instead)
    delete asked.headers['transfer-encoding']
    // What comes back is read and written as text.
    delete asked.headers['accept-encoding']
    if (asked.body !== '' || asked.headers['content-length']) {
      asked.headers['content-length'] = String(Buffer.byteLength(asked.body))
    }
    const answered = await new Promise<IncomingMessage>((resolve, reject) => {
      const { method, url: path, headers } = asked
      const onward = httpRequest({ hostname, port, method, path, headers, agent: false }, resolve)
      onward.on('error', reject)
      response.on('close', () => onward.destroy())
      onward.end(asked.body)
    })
    if (answered.headers['content-type']?.includes('text/event-stream')) return stream(answered, response, operation)
    const parts: Buffer[] = []
    for await (const part of answered) parts.push(part as Buffer)
    const answer: HttpAnswer = {
      status: answered.statusCode ?? 500,
      headers: Object.fromEntries(
        Object.entries(answered.headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
      ),
      body: Buffer.concat(parts).toString(),
    }
    if (answer.body.startsWith('{')) answer.body = alterJson(answer.body, operation)
    alterations.answer?.(answer, asked)
    finish(response, answer)
  }

  function alterJson(text: string, operation: Operation | undefined): string {
    const altered = alterations.json?.(text) ?? text
    return alterations.result ? JSON.stringify(alterResult(JSON.parse(altered), operation)) : altered
  }

  function finish(response: ServerResponse, { status, headers, body }: HttpAnswer): void {
    const { 'content-length': _, 'transfer-encoding': __, connection: ___, ...rest } = headers
    response.writeHead(status, rest)
    response.end(body)
  }

  async function stream(
    answered: IncomingMessage,
    response: ServerResponse,
    operation: Operation | undefined,
  ): Promise<void> {
    response.on('close', () => answered.destroy())
    response.writeHead(answered.statusCode ?? 500, { 'content-type': answered.headers['content-type'] ?? '' })
    let rest = ''
    answered.setEncoding('utf8')
    for await (const chunk of answered) {
      const blocks = (rest + chunk).split('\n\n')
      rest = blocks.pop() ?? ''
      for (const block of blocks) {
        const altered = block.replace(/^data: (\{.*)$/m, (_, data) => `data: ${alterJson(data, operation)}`)
        const out = alterations.event ? alterations.event(altered) : altered
        if (out !== null) response.write(`${out}\n\n`)
      }
    }
    response.end()
  }

  function upgrade(request: IncomingMessage, client: Duplex, head: Buffer): void {
    const asked = {
      url: request.url ?? '/',
      headers: Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, inward(String(value))]),
      ),
    }
    const refusal = alterations.upgrade?.(asked)
    if (refusal !== undefined) return void client.end(`HTTP/1.1 ${refusal} Refused\r\nConnection: close\r\n\r\n`)
    const lines = Object.entries(asked.headers).map(([name, value]) => `${name}: ${value}`)
    const onward = connect(Number(port), hostname)
    sockets.add(onward)
    onward.on('close', () => sockets.delete(onward))
    for (const socket of [client, onward]) socket.on('error', () => {})
    onward.write(`GET ${asked.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
    onward.write(head)
    passFrames(client, onward)
  }

  function passFrames(client: Duplex, onward: Socket): void {
    const token = { given: '' }
    const operations = new Map<string, Operation>()
    let isClosed = false
    const send = ({ fin, opcode, payload }: WireFrame): void => {
      if (!isClosed && client.writable) client.write(encode(fin, opcode, payload))
    }
    const wire: Wire = {
      operations,
      number: wires.count++,
      kept: new Map(),
      inject: message => send(text(message)),
      close(code, reason = 'mutant') {
        const payload = Buffer.alloc(2 + reason.length)
        payload.writeUInt16BE(code)
        payload.write(reason, 2)
        send({ fin: true, opcode: 8, payload })
        isClosed = true
        onward.destroy()
        client.end()
      },
    }

    let order: Promise<unknown> = Promise.resolve()
    const serverParser = createParser(frame => {
      order = order.then(async () => {
        for (const each of await fromServer(frame)) send(each)
      })
    })
    async function fromServer(frame: WireFrame): Promise<WireFrame[]> {
      if (frame.opcode !== 1) return (await alterations.serverFrame?.(frame, wire)) ?? [frame]
      const message: Json = JSON.parse(alterations.json?.(frame.payload.toString()) ?? frame.payload.toString())
      const operation = operations.get(message.id)
      if (message.type === 'next') message.payload = alterResult(message.payload, operation)
      const messages = alterations.fromServer?.(message, wire) ?? [message]
      const frames = messages.map(text)
      if (!alterations.serverFrame) return frames
      return (await Promise.all(frames.map(each => alterations.serverFrame?.(each, wire) ?? [each]))).flat()
    }

    let answerHead = Buffer.alloc(0)
    let isUpgraded = false
    onward.on('data', chunk => {
      if (isUpgraded) return serverParser.push(chunk)
      answerHead = Buffer.concat([answerHead, chunk])
      const end = answerHead.indexOf('\r\n\r\n')
      if (end < 0) return
      isUpgraded = true
      const text = answerHead.subarray(0, end).toString('latin1')
      client.write(`${alterations.upgradeAnswer?.(text) ?? text}\r\n\r\n`)
      serverParser.push(answerHead.subarray(end + 4))
    })
    onward.on('close', () => {
      void order.then(() => {
        if (!isClosed) alterations.cut?.(wire)
        client.end()
        client.destroy()
      })
    })
    client.on('close', () => onward.destroy())

    const clientParser = createParser((frame, bytes) => {
      const frames = alterations.clientFrame?.(frame, wire)
      if (frames) return void onward.write(Buffer.concat(frames.map(mask)))
      const isMasked = ((bytes[1] ?? 0) & 0x80) !== 0
      if (frame.opcode !== 1 || !frame.fin || !isMasked) return void onward.write(bytes)
      let message: Json
      try {
        message = JSON.parse(frame.payload.toString())
      } catch {
        return void onward.write(bytes)
      }
      if (typeof message !== 'object' || message === null) return void onward.write(bytes)
      if (message.type === 'connection_init') token.given = String(message.payload?.authorization ?? '')
      if (message.type === 'subscribe' && typeof message.payload?.query === 'string') {
        if (alterations.operation) alterOperation(message.payload, token.given)
        operations.set(message.id, message.payload)
      }
      const messages = alterations.fromClient?.(message, wire) ?? [message]
      for (const each of messages) onward.write(mask(text(each)))
    })
    client.on('data', chunk => clientParser.push(chunk, rest => onward.write(rest)))
  }

  return {
    url: `http://127.0.0.1:${ownPort}`,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.closeAllConnections()
      await new Promise<void>(resolve => void front.close(() => resolve()))
    },
  }
}

function operationOf(body: string): Operation | undefined {
  try {
    const parsed: Json = JSON.parse(body)
    return typeof parsed?.query === 'string' ? parsed : undefined
  } catch {
    return undefined
  }
}

export function text(message: Json): WireFrame {
  return { fin: true, opcode: 1, payload: Buffer.from(JSON.stringify(message)) }
}

/** Server to client: unmasked. */
function encode(fin: boolean, opcode: number, payload: Buffer, maskBit = 0): Buffer {
  const { length } = payload
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10)
  head[0] = (fin ? 0x80 : 0) | opcode
  head[1] = maskBit | (length < 126 ? length : length < 65_536 ? 126 : 127)
  if (head.length === 4) head.writeUInt16BE(length, 2)
  if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2)
  return Buffer.concat([head, ...(maskBit ? [Buffer.alloc(4)] : []), payload])
}

/** Client to server: masked, with a mask that changes nothing. */
function mask({ fin, opcode, payload }: WireFrame): Buffer {
  return encode(fin, opcode, payload, 0x80)
}

/** Cuts bytes into frames. What is no frame that anybody would send passes as it is, with all that follows. */
function createParser(onFrame: (frame: WireFrame, bytes: Buffer) => void) {
  let buffer = Buffer.alloc(0)
  let isBroken = false
  return {
    push(chunk: Buffer, onBroken: (rest: Buffer) => void = () => {}): void {
      if (isBroken) return onBroken(chunk)
      buffer = Buffer.concat([buffer, chunk])
      for (;;) {
        if (buffer.length < 2) return
        const [first = 0, second = 0] = buffer
        const isMasked = (second & 0x80) !== 0
        let length = second & 127
        let at = 2
        if (length === 126) {
          if (buffer.length < 4) return
          length = buffer.readUInt16BE(2)
          at = 4
        } else if (length === 127) {
          if (buffer.length < 10) return
          length = Number(buffer.readBigUInt64BE(2))
          at = 10
        }
        if ((first & 0x70) !== 0 || length > 2 ** 24) {
          isBroken = true
          return onBroken(buffer)
        }
        const end = at + (isMasked ? 4 : 0) + length
        if (buffer.length < end) return
        const bytes = buffer.subarray(0, end)
        const key = bytes.subarray(at, at + 4)
        const raw = Buffer.from(bytes.subarray(end - length))
        const payload = isMasked ? raw.map((byte, index) => byte ^ (key[index % 4] ?? 0)) : raw
        buffer = buffer.subarray(end)
        onFrame({ fin: (first & 0x80) !== 0, opcode: first & 15, payload: Buffer.from(payload) }, Buffer.from(bytes))
      }
    },
  }
}
