// Bytes on an acknowledged socket, in pieces, and everything that comes back until the connection is over.
import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { frame, OPCODE } from '../../../audit/wire/frame.ts'
import { FrameWalker } from '../../../bench/load/frame-walker.ts'
import type { Received } from '../../setup/raw-socket.ts'
import { within } from '../../setup/until.ts'

export interface Transcript {
  readonly messages: readonly Received[]
  /** Of the server's close frame; null: it sent none. */
  readonly code: number | null
}

/** What is waited for before the connection is closed. */
export interface Awaited {
  readonly id: string
  /** It may say nothing at all: two pings are answered, and that is all. */
  readonly isSubscription: boolean
}

const CLOSE = frame({ opcode: OPCODE.close, payload: Buffer.from([3, 232]) })

export async function converse(
  url: string,
  token: string,
  pieces: readonly Buffer[],
  awaited?: Awaited,
): Promise<Transcript> {
  const { hostname, port, host, pathname } = new URL(url)
  const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true, noDelay: true })
  const messages: Received[] = []
  let code: number | null = null
  let head: Buffer | null = Buffer.alloc(0)
  const acknowledged = Promise.withResolvers<void>()
  const over = Promise.withResolvers<void>()
  let answered = Promise.withResolvers<void>()
  const walker = new FrameWalker(
    {
      onText(text) {
        const message = JSON.parse(text) as Received
        if (message.type === 'connection_ack') acknowledged.resolve()
        else {
          messages.push(message)
          const isLast = message.id === awaited?.id && message.type !== 'next'
          const isAnswer = awaited?.isSubscription ? message.type === 'pong' : isLast
          if (isAnswer) answered.resolve()
        }
      },
    },
    {
      onPing() {},
      onClose(itsCode) {
        code = itsCode
        if (!socket.writableEnded) socket.end()
      },
    },
  )
  socket.on('data', chunk => {
    if (head === null) return walker.take(chunk as Buffer)
    head = Buffer.concat([head, chunk as Buffer])
    const end = head.indexOf('\r\n\r\n')
    if (end < 0) return
    const rest = head.subarray(end + 4)
    head = null
    if (rest.length > 0) walker.take(rest)
  })
  socket.on('error', () => {})
  socket.on('end', () => socket.end())
  socket.on('close', () => {
    acknowledged.reject(new Error('closed before it was acknowledged'))
    answered.resolve()
    over.resolve()
  })
  const key = randomBytes(16).toString('base64')
  socket.write(
    `GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n`,
  )
  const init = JSON.stringify({ type: 'connection_init', payload: { authorization: token } })
  socket.write(frame({ opcode: OPCODE.text, payload: init }))
  await within('the acknowledgement', acknowledged.promise)
  for (const piece of pieces) {
    if (socket.destroyed || socket.writableEnded) break
    socket.write(piece)
    // So that pieces are read apart, as a rule.
    await new Promise(resolve => setImmediate(resolve))
  }
  if (awaited) {
    for (let ping = 0; ping < (awaited.isSubscription ? 2 : 1); ping++) {
      if (awaited.isSubscription) socket.write(frame({ opcode: OPCODE.text, payload: '{"type":"ping"}' }))
      await within(`an answer to ${awaited.id}`, answered.promise)
      answered = Promise.withResolvers()
    }
    if (!socket.writableEnded) socket.write(CLOSE)
  }
  if (!socket.writableEnded) socket.end()
  await within('the end of the connection', over.promise)
  return { messages, code }
}

/** Codes of every error in it. */
export function codesOf({ messages }: Transcript): unknown[] {
  return messages.flatMap(({ type, payload }) => {
    const errors = type === 'error' ? payload : payload?.errors
    return (errors ?? []).map((error: { extensions?: { code?: unknown } }) => error.extensions?.code)
  })
}
