// A relay between one node and its Redis that a test can make fail, for the commands and for the notices apart: lose
// what goes one way, cut at the worst moment, slow everything down; and lose, double or reorder single notices, which it
// reads off the subscriber's connection. Which connection is which it sees by the name that the client gives itself.
import { createServer, connect as dial, type Socket } from 'node:net'
import { createRespSplitter, type Push, pushOf } from './resp.ts'

export type LinkRole = 'commands' | 'subscriber'
/** Towards Redis, or back. */
export type Direction = 'requests' | 'answers'
/** `half`: the first half of these bytes passes, then the connection is cut. */
export type Verdict = 'pass' | 'swallow' | 'cut' | 'half'

export interface LinkChunk {
  readonly role: LinkRole
  readonly direction: Direction
  /** Of a request: it has one of the marks. Of an answer: such a request went before it and was not answered yet. */
  readonly isMarked: boolean
  readonly bytes: Buffer
}

export interface RedisRelay {
  readonly port: number
  /** Looks at every chunk. Default: all pass. */
  judge: (chunk: LinkChunk) => Verdict
  /** Milliseconds by which chunks are late; their order stays. Default 0. */
  delayMs: (role: LinkRole, direction: Direction) => number
  /** Delivers a notice: once, never, twice, later. Default: once, now. */
  relay: (push: Push, deliver: () => void) => void
  /** Sees every notice that Redis sent, whatever becomes of it. */
  onPush: (push: Push) => void
  /** Cuts the connections of this kind, or all. */
  cut(role?: LinkRole): void
  /** From now on: `pass` everywhere, on time. */
  heal(): void
  close(): Promise<void>
}

export interface RedisRelayOptions {
  /** Where Redis listens on the loopback; may be changed between connections. */
  readonly target: { port: number }
  /** What makes a request a marked one, such as a script's digest. */
  readonly marks: readonly string[]
}

export async function startRedisRelay({ target, marks }: RedisRelayOptions): Promise<RedisRelay> {
  const open = new Map<Socket, { role: LinkRole; cut(): void }>()

  const server = createServer(client => {
    const upstream = dial(target.port, '127.0.0.1')
    const link = { role: 'commands' as LinkRole, cut }
    const split = createRespSplitter()
    const [toRedis, toNode] = [createLane(upstream), createLane(client)]
    let isMarked = false
    function cut(): void {
      client.destroy()
      upstream.destroy()
    }
    /** Answers with what is left of it; null: nothing. */
    function judged(direction: Direction, bytes: Buffer): Buffer | null {
      switch (proxy.judge({ role: link.role, direction, isMarked, bytes })) {
        case 'pass':
          return bytes
        case 'swallow':
          return null
        case 'half':
          ;(direction === 'requests' ? upstream : client).write(bytes.subarray(0, bytes.length >> 1), cut)
          return null
        case 'cut':
          cut()
          return null
      }
    }
    open.set(client, link)
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true)
      socket.on('error', cut)
      socket.on('close', () => {
        open.delete(client)
        cut()
      })
    }
    client.on('data', (chunk: Buffer) => {
      if (link.role === 'commands' && chunk.includes('recado-subscriber')) link.role = 'subscriber'
      if (marks.some(mark => chunk.includes(mark))) isMarked = true
      const bytes = judged('requests', chunk)
      if (bytes) toRedis(bytes, proxy.delayMs(link.role, 'requests'))
    })
    upstream.on('data', (chunk: Buffer) => {
      const bytes = judged('answers', chunk)
      isMarked = false
      if (!bytes) return
      const late = proxy.delayMs(link.role, 'answers')
      if (link.role === 'commands') return toNode(bytes, late)
      for (const value of split(bytes)) {
        const push = pushOf(value)
        if (!push) {
          toNode(value, late)
          continue
        }
        proxy.onPush(push)
        proxy.relay(push, () => toNode(value, proxy.delayMs(link.role, 'answers')))
      }
    })
    upstream.on('end', () => client.end())
    client.on('end', () => upstream.end())
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const proxy: RedisRelay = {
    port: address.port,
    judge: () => 'pass',
    delayMs: () => 0,
    relay: (_, deliver) => deliver(),
    onPush: () => {},
    cut(role) {
      for (const link of [...open.values()]) if (role === undefined || link.role === role) link.cut()
    },
    heal() {
      proxy.judge = () => 'pass'
      proxy.delayMs = () => 0
      proxy.relay = (_, deliver) => deliver()
    },
    async close() {
      const closed = new Promise(resolve => server.close(resolve))
      proxy.cut()
      await closed
    },
  }
  return proxy
}

/** Writes to a socket in order, each part so many milliseconds late. */
function createLane(socket: Socket): (bytes: Buffer, delayMs: number) => void {
  const waiting: { bytes: Buffer; at: number }[] = []
  let running = false
  async function run(): Promise<void> {
    running = true
    for (let next = waiting[0]; next; next = waiting[0]) {
      const left = next.at - performance.now()
      if (left > 0) await new Promise(resolve => setTimeout(resolve, left))
      waiting.shift()
      if (!socket.destroyed) socket.write(next.bytes)
    }
    running = false
  }
  return (bytes, delayMs) => {
    if (delayMs <= 0 && !running) {
      if (!socket.destroyed) socket.write(bytes)
      return
    }
    waiting.push({ bytes, at: performance.now() + delayMs })
    if (!running) void run()
  }
}
