// Everybody comes back at once, each with messages to catch up on: how long until all are live, against a server that
// does nothing but the handshakes and the bytes.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { ChatClient } from '../load/chat-client.ts'
import { FanOutLoad, type Span } from '../load/fan-out-load.ts'
import { createGraphqlClient, enterAll, FEED } from '../load/graphql-client.ts'
import { cursorNow, openGraphqlSocket, subscribeMessage } from '../load/graphql-socket.ts'
import { openMany } from '../load/open-many.ts'
import { createText } from '../load/texts.ts'
import { whenIdle } from '../load/when-idle.ts'
import type { Figures } from '../results.ts'
import { type ServerProcess, startServer } from '../server-process.ts'
import { interleave, type Scenario } from './scenario.ts'

const BACKLOG = 200
/** Of a second storm: what a replayed message costs is what this one costs more. */
const DEEP_BACKLOG = 2_000
const ACCOUNTS = 50
const DEADLINE_MS = 30_000

export const reconnect: Scenario = {
  name: 'reconnect',
  title: 'Reconnect storm',
  method: `Everybody connects at once (at most 400 handshakes under way, so that no SYN is dropped), subscribes from a cursor ${BACKLOG} messages back, and gets them; sampled sockets compare all. The time is from the first connection to the last message of the last client. CPU a replayed message is what a second storm, ${DEEP_BACKLOG.toLocaleString('en')} messages back, costs the server more than the first, by the messages that it has more; CPU a live one is that of a saturated fan-out (window 20) to the same connections afterwards. The bare floor writes the same bytes after the same handshakes, with no logic.`,
  columns: [
    { figure: 'caughtUpMs', label: 'all live after, ms', digits: 0, better: 'less' },
    { figure: 'cpuPerReplayed', label: 'server CPU, µs a replayed message', digits: 2, better: 'less' },
    { figure: 'cpuWithConnection', label: 'with its connection, µs', digits: 2, better: 'less' },
    { figure: 'cpuPerLive', label: 'µs a live one', digits: 2, better: 'less' },
    { figure: 'cpuPerConnection', label: 'µs a connection', digits: 0, better: 'less' },
    { figure: 'clientCores', label: 'load client, cores', digits: 2 },
  ],
  ratioOf: 'caughtUpMs',
  async measure(plan) {
    const subscribers = plan.quick ? 500 : 5_000
    const span = plan.quick ? { warmUpMs: 300, measureMs: 500 } : { warmUpMs: 1_000, measureMs: 2_000 }
    const folder = mkdtempSync(join(tmpdir(), 'recado-bench-frames-'))
    const frames = join(folder, 'frames.json')
    const id = String(subscribers)
    try {
      const cases = await interleave(
        plan,
        [
          {
            name: 'recado',
            label: 'Recado',
            run: async () => ({ [id]: await measureRecado(subscribers, span, frames) }),
          },
          {
            name: 'floor',
            label: 'bare floor',
            run: async () => ({ [id]: await measureFloor(subscribers, frames) }),
          },
        ],
        [{ id, label: `${subscribers.toLocaleString('en')} clients, each ${BACKLOG} messages behind` }],
      )
      return { cases, missing: [] }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

async function measureRecado(subscribers: number, span: Span, frames: string): Promise<Figures> {
  const server = await startServer('recado')
  try {
    const { port } = server
    const tokens = await enterAll(port, ACCOUNTS)
    const live = createGraphqlClient({ port, tokens })
    const [token = '', another = ''] = tokens
    const since = await cursorNow(port, token)
    await sendBacklog(live, BACKLOG)
    writeFileSync(frames, JSON.stringify(await readFrames(port, another, since)))
    // Once to warm up, or the first connections would seem to cost more than they do.
    await connectAll(server, live, subscribers)
    const connecting = await connectAll(server, live, subscribers)
    const behind = createGraphqlClient({ port, tokens, since })
    const first = await storm(server, behind, null, { subscribers, backlog: BACKLOG })
    first.load.close()

    const deepSince = await cursorNow(port, token)
    await sendBacklog(live, DEEP_BACKLOG)
    const farBehind = createGraphqlClient({ port, tokens, since: deepSince })
    const second = await storm(server, farBehind, live, { subscribers, backlog: DEEP_BACKLOG })
    const { cpuPerDelivery } = await second.load.saturate(20, span)
    second.load.close()
    return {
      ...figuresOf(first, connecting, subscribers),
      cpuPerReplayed: ((second.cpuMs - first.cpuMs) * 1_000) / (subscribers * (DEEP_BACKLOG - BACKLOG)),
      cpuPerLive: cpuPerDelivery,
    }
  } finally {
    await server.stop()
  }
}

async function measureFloor(subscribers: number, frames: string): Promise<Figures> {
  const server = await startServer('floor', { FRAMES: frames })
  try {
    const client = createGraphqlClient({ port: server.port, tokens: [] })
    await connectAll(server, client, subscribers)
    const connecting = await connectAll(server, client, subscribers)
    const behind = createGraphqlClient({ port: server.port, tokens: [], since: 'a cursor' })
    const only = await storm(server, behind, null, { subscribers, backlog: BACKLOG })
    only.load.close()
    return figuresOf(only, connecting, subscribers)
  } finally {
    await server.stop()
  }
}

interface Storm {
  readonly load: FanOutLoad
  readonly caughtUpMs: number
  /** Of the server, for all of it. */
  readonly cpuMs: number
  readonly clientCores: number
}

/** Everybody comes back at once. */
async function storm(
  server: ServerProcess,
  client: ChatClient,
  sender: ChatClient | null,
  size: { readonly subscribers: number; readonly backlog: number },
): Promise<Storm> {
  await whenIdle(server)
  const before = server.usage().cpuMs
  const clientBefore = process.cpuUsage()
  const { load, caughtUpMs } = await FanOutLoad.openBehind(server, client, sender, size)
  const { user, system } = process.cpuUsage(clientBefore)
  await whenIdle(server)
  return {
    load,
    caughtUpMs,
    cpuMs: server.usage().cpuMs - before,
    clientCores: (user + system) / 1_000 / caughtUpMs,
  }
}

/** @param connecting milliseconds of the server for the same connections without anything to replay */
function figuresOf({ caughtUpMs, cpuMs, clientCores }: Storm, connecting: number, subscribers: number): Figures {
  return {
    caughtUpMs,
    cpuWithConnection: (cpuMs * 1_000) / (subscribers * BACKLOG),
    cpuPerConnection: (connecting * 1_000) / subscribers,
    clientCores,
  }
}

/** Connects everybody to live feeds and lets them go. Answers with the server's milliseconds for letting them in. */
async function connectAll(server: ServerProcess, client: ChatClient, subscribers: number): Promise<number> {
  const faults: string[] = []
  await whenIdle(server)
  const before = server.usage().cpuMs
  const sockets = await openMany(subscribers, () =>
    client.subscribe({ onFrames() {}, onFault: fault => faults.push(fault) }),
  )
  await whenIdle(server)
  const { cpuMs } = server.usage()
  for (const socket of sockets) socket.destroy()
  await whenIdle(server)
  if (faults.length > 0) throw new Error(faults.slice(0, 5).join('\n'))
  return cpuMs - before
}

async function sendBacklog(client: ChatClient, messages: number): Promise<void> {
  let acknowledged = 0
  const faults: string[] = []
  const sender = await client.sender({
    onFault: fault => faults.push(fault),
    onAcknowledged(count) {
      acknowledged += count
    },
  })
  sender.send(Array.from({ length: messages }, (_, number) => createText(number)))
  await until(() => acknowledged === messages || faults.length > 0, 'the messages to replay were not acknowledged')
  sender.destroy()
  if (faults.length > 0) throw new Error(faults.slice(0, 5).join('\n'))
}

/** What a client that is behind is sent, text by text: the floor sends the same. */
async function readFrames(port: number, token: string, since: string): Promise<string[]> {
  const texts: string[] = []
  const socket = await openGraphqlSocket({ port, token })
  socket.onText = text => texts.push(text)
  socket.send(subscribeMessage(FEED, { since }))
  await until(() => texts.length === BACKLOG, 'the backlog was not replayed')
  socket.destroy()
  return texts
}

async function until(condition: () => boolean, otherwise: string): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(otherwise)
    await delay(5)
  }
}
