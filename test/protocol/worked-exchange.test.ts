// The worked exchange of docs/PROTOCOL.md, taken from the document and pasted as a person would: frames into a raw
// socket, curl lines over HTTP. What changes from run to run (token, ids, cursors, times) is compared by its kind only.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { alike, curl as curlTo } from '../setup/pasting.ts'
import { openRawSocket, type Received } from '../setup/raw-socket.ts'
import type { Result } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { until } from '../setup/until.ts'

const PROTOCOL = readFileSync(new URL('../../docs/PROTOCOL.md', import.meta.url), 'utf8')
const EXCHANGE = PROTOCOL.slice(PROTOCOL.indexOf('## A worked exchange'))
const FRAMES = [...EXCHANGE.matchAll(/```json (send|receive)\n(.*)\n```/g)].map(([, way, text = '']) => ({ way, text }))
const COMMANDS = [...EXCHANGE.matchAll(/^curl .*$/gm)].map(([line]) => line)

let server: TestServer
let token: string

beforeAll(async () => {
  server = await startTestServer()
})

afterAll(async () => {
  await server.close()
})

function curl(line: string, { cursor = '', signal }: { cursor?: string; signal?: AbortSignal } = {}) {
  return curlTo(server.url, line, { TOKEN: token, CURSOR: cursor }, signal)
}

describe('the worked exchange', () => {
  test('SOCK-3 SOCK-4 every frame that the document says to send gets the frames that it says will come', async () => {
    for (const line of COMMANDS.slice(0, 2)) {
      const { data } = (await (await curl(line)).json()) as Result
      token = data.enter.token
      expect(data.enter.me.username).toMatch(/^(joao|maria)$/)
    }

    const socket = await openRawSocket(server.socket)
    expect(socket.headers.get('sec-websocket-protocol')).toBe('graphql-transport-ws')
    expect(FRAMES.length).toBeGreaterThan(12)
    /** Between two frames to send, those to receive; FEED-8: one operation's frames are in order, two are not ordered. */
    let expected: Received[] = []
    const receiveAll = async (): Promise<void> => {
      const came: Received[] = []
      for (let i = 0; i < expected.length; i++) came.push(await socket.receive())
      const byOperation = (frames: Received[]): Received[] =>
        frames.toSorted((a, b) => String(a.id).localeCompare(String(b.id)))
      const documented = byOperation(expected)
      expect(byOperation(came)).toEqual(byOperation(came).map((frame, i) => alike(documented[i], frame)))
      expected = []
    }
    for (const { way, text } of FRAMES) {
      if (way === 'receive') {
        expected.push(JSON.parse(text))
        continue
      }
      await receiveAll()
      socket.send(text.replace('TOKEN', token))
    }
    await receiveAll()

    // Nothing else was sent, and the socket is still good.
    socket.send({ type: 'ping', payload: { last: true } })
    expect(await socket.receive()).toEqual({ type: 'pong', payload: { last: true } })
    socket.destroy()
  })

  test('SEND-1 HTTP-1 SSE-2 the curl lines do what is said beside them', async () => {
    const [sendLine = '', pageLine = '', postLine = '', getLine = '', ...more] = COMMANDS.slice(2)
    expect(more).toEqual([])
    const first = (await (await curl(sendLine)).json()) as Result
    const second = (await (await curl(sendLine)).json()) as Result
    expect(first.data.sendMessage.cursor).toMatch(/^[0-9a-z]{8}-/)
    expect(second).toEqual(first)

    const page = (await (await curl(pageLine)).json()) as Result
    const texts: string[] = page.data.messages.nodes.map(({ text }: { text: string }) => text)
    expect(texts).toEqual(['oi', 'oi de novo'])
    expect(page.data.messages.pageInfo.endCursor).toBe(first.data.sendMessage.cursor)

    for (const [line, mark] of [
      [postLine, '"CaughtUp"'],
      [getLine, '{"onMessage":{"text":"live"}}'],
    ] as const) {
      const abort = new AbortController()
      const response = await curl(line, { cursor: page.data.messages.pageInfo.endCursor, signal: abort.signal })
      expect(response.headers.get('content-type')).toContain('text/event-stream')
      let text = ''
      response.body
        ?.pipeThrough(new TextDecoderStream())
        .pipeTo(
          new WritableStream({
            write(chunk) {
              text += chunk
            },
          }),
        )
        .catch(() => {})
      if (line === getLine) {
        await curl(sendLine.replace('oi de novo', 'live').replace(/"nonce":"[^"]*"/, '"nonce":"another"'))
      }
      await until(mark, () => text.includes(mark))
      expect(text).toMatch(/^event: next\nid: [0-9a-z]{8}-\S+\ndata: \{.*\}\n\n/m)
      abort.abort()
    }
  })
})
