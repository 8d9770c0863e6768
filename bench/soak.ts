// Long checks that a test suite has no time for, over real sockets against a server in its own process:
//   npm run soak -- stalled-reader [messages]   a reader that takes nothing while they pass, and then gets all of them
//   npm run soak -- replay [clients] [messages] how late the server's main thread is while they all replay history

import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { cursorNow, enter, MESSAGE_FIELDS, openGraphqlSocket, subscribeMessage } from './load/graphql-socket.ts'
import type { RawSocket } from './load/raw-socket.ts'
import { type ServerProcess, startServer } from './server-process.ts'

const SEND = 'mutation ($text: String!) { sendMessage(text: $text, plain: true) { cursor } }'
const FEED = `subscription ($since: Cursor) { onMessage(since: $since) { ${MESSAGE_FIELDS} } }`

/** Sends over one socket with at most `window` unanswered. Resolves when all are acknowledged. */
async function sendMany(socket: RawSocket, count: number, window: number): Promise<void> {
  let sent = 0
  let answered = 0
  const done = new Promise<void>(resolve => {
    socket.onText = text => {
      if (text.includes('"type":"next"')) {
        if (text.includes('"errors"')) throw new Error(text)
        answered++
        if (answered === count) resolve()
      } else if (text.includes('"type":"error"')) throw new Error(text)
      if (answered % 50 === 0) fill()
    }
  })
  const fill = (): void => {
    const texts: string[] = []
    while (sent < count && sent - answered < window) {
      texts.push(subscribeMessage(SEND, { text: `message ${sent++} of many, as long as people write` }, randomUUID()))
    }
    if (texts.length > 0) socket.sendAll(texts)
  }
  fill()
  await done
}

async function stalledReader(count: number): Promise<void> {
  const server = await startServer('recado', { PING_INTERVAL_MS: '0' })
  const { port } = server
  const [reader, sender] = [await enter(port, 'reader'), await enter(port, 'sender')]
  const stalled = await openGraphqlSocket({ port, token: reader })
  const origin = await cursorNow(port, reader)
  stalled.send(subscribeMessage(FEED, { since: origin }))
  stalled.tcp.pause()
  const socket = await openGraphqlSocket({ port, token: sender })
  const before = server.usage()
  const started = performance.now()
  await sendMany(socket, count, 1_000)
  const seconds = (performance.now() - started) / 1000
  const after = server.usage()
  console.log(`${count} messages sent in ${seconds.toFixed(1)} s (${Math.round(count / seconds)}/s)`)
  console.log(`resident: ${mib(before.rss)} before, ${mib(after.rss)} after, ${mib(after.peakRss)} at most`)
  let received = 0
  let last = ''
  let inOrder = true
  const all = new Promise<void>(resolve => {
    stalled.onText = text => {
      const cursor = /"cursor":"([^"]+)"/.exec(text)?.[1] ?? ''
      if (cursor <= last) inOrder = false
      last = cursor
      if (++received === count) resolve()
    }
  })
  const resumed = performance.now()
  stalled.tcp.resume()
  await Promise.race([all, once(stalled.tcp, 'close')])
  await delay(500)
  const took = (performance.now() - resumed) / 1000
  console.log(
    `the reader then got ${received} in ${took.toFixed(1)} s, in order and once: ${inOrder && received === count}`,
  )
  console.log(`resident at most: ${mib(server.usage().peakRss)}`)
  stalled.destroy()
  socket.destroy()
  await server.stop()
  if (!inOrder || received !== count) process.exitCode = 1
}

async function replay(clients: number, messages: number): Promise<void> {
  const server = await startServer('recado')
  const { port } = server
  const sender = await enter(port, 'sender')
  const origin = await cursorNow(port, sender)
  const socket = await openGraphqlSocket({ port, token: sender })
  await sendMany(socket, messages, 1_000)
  const sockets: RawSocket[] = []
  // Each its own account.
  for (let i = 0; i < clients; i++) {
    sockets.push(await openGraphqlSocket({ port, token: await enter(port, `reader${i}`) }))
  }
  await loopDelay(server)
  const before = server.usage()
  const started = performance.now()
  const done = sockets.map(
    reader =>
      new Promise<void>(resolve => {
        const first = reader.frames
        reader.onFrames = () => {
          if (reader.frames - first >= messages) resolve()
        }
      }),
  )
  for (const reader of sockets) reader.send(subscribeMessage(FEED, { since: origin }))
  await Promise.all(done)
  const seconds = (performance.now() - started) / 1000
  const after = server.usage()
  const total = clients * messages
  const loop = await loopDelay(server)
  console.log(`${clients} clients replayed ${messages} messages each in ${seconds.toFixed(1)} s`)
  console.log(
    `server: ${(((after.cpuMs - before.cpuMs) * 1000) / total).toFixed(2)} µs of CPU a message, ${mib(after.peakRss)} at most`,
  )
  console.log(`event loop of the main thread: p50 ${loop.p50} ms, p99 ${loop.p99} ms late`)
  for (const each of [...sockets, socket]) each.destroy()
  await server.stop()
}

/** Since the last time it was asked. */
async function loopDelay({ port }: ServerProcess): Promise<{ p50: string; p99: string }> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  const read = (quantile: string): string =>
    (
      Number(new RegExp(`recado_eventloop_delay_seconds\\{quantile="${quantile}"\\} (\\S+)`).exec(text)?.[1]) * 1000
    ).toFixed(1)
  return { p50: read('0.5'), p99: read('0.99') }
}

function mib(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MiB`
}

const [name, ...numbers] = process.argv.slice(2)
const number = (index: number, standard: number): number => Number(numbers[index] ?? standard)
if (name === 'stalled-reader') await stalledReader(number(0, 1_000_000))
else if (name === 'replay') await replay(number(0, 1_000), number(1, 10_000))
else {
  console.error('npm run soak -- stalled-reader [messages] | replay [clients] [messages]')
  process.exitCode = 2
}
