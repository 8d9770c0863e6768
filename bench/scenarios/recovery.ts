// Redis goes away under load and comes back: how long until everybody is live again, with nothing lost or doubled.
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { spread } from '../deployment.ts'
import { createGraphqlClient, enterAll } from '../load/graphql-client.ts'
import { cursorNow, graphql } from '../load/graphql-socket.ts'
import { openMany } from '../load/open-many.ts'
import { createText } from '../load/texts.ts'
import type { Figures } from '../results.ts'

const AWAY_MS = 10_000
const SEND_EVERY_MS = 50
const BEFORE_MS = 1_000
const LIVE_AGAIN_MS = 60_000
const SAMPLES = 10

export interface RecoveryOptions {
  readonly ports: readonly number[]
  readonly subscribers: number
  /** Takes Redis away for so long; resolves once it answers again. */
  interrupt(ms: number): Promise<void>
}

export async function measureRecovery({ ports, subscribers, interrupt }: RecoveryOptions): Promise<Figures> {
  const [port = 0] = ports
  const [token = '', ...tokens] = await enterAll(port, 50, 'recovery-')
  const since = await cursorNow(port, token)
  const faults: string[] = []
  const onFault = (fault: string): void => void faults.push(fault)
  const received: number[] = new Array(subscribers).fill(0)
  const texts: string[][] = Array.from({ length: SAMPLES }, () => [])
  const client = spread(ports.map(each => createGraphqlClient({ port: each, tokens, since })))
  const sockets = await openMany(subscribers, index =>
    client.subscribe({
      onFrames(count) {
        received[index] = (received[index] ?? 0) + count
      },
      onFault,
      ...(index < SAMPLES ? { onMessage: ({ text }) => void texts[index]?.push(text) } : {}),
    }),
  )
  const haveAll = (count: number): boolean => received.every(each => each >= count)

  const sent: string[] = []
  /** How many were acknowledged when the last one was, and when. */
  let acknowledgedAt = 0
  let isSending = true
  async function sendAll(): Promise<void> {
    while (isSending) {
      const text = createText(sent.length)
      await sendOnce(port, token, text)
      sent.push(text)
      acknowledgedAt = performance.now()
      await delay(SEND_EVERY_MS)
    }
  }
  const sending = sendAll()
  await delay(BEFORE_MS)
  await interrupt(AWAY_MS)
  const backAt = performance.now()
  const deadline = backAt + LIVE_AGAIN_MS
  const waitFor = async (isSo: () => boolean, what: string): Promise<void> => {
    while (!isSo()) {
      if (faults.length > 0) throw new Error(faults.slice(0, 5).join('\n'))
      if (performance.now() > deadline) throw new Error(`${what} after ${LIVE_AGAIN_MS} ms`)
      await delay(5)
    }
  }
  await waitFor(() => acknowledgedAt > backAt, 'No send was acknowledged')
  const count = sent.length
  await waitFor(
    () => haveAll(count),
    `Only ${received.filter(each => each >= count).length} subscribers are live again`,
  )
  const liveAgainMs = performance.now() - backAt
  isSending = false
  await sending
  await waitFor(() => haveAll(sent.length), 'A message is missing')
  await delay(500)
  const surplus = received.find(each => each !== sent.length)
  if (surplus !== undefined) throw new Error(`A subscriber got ${surplus} messages of ${sent.length}`)
  for (const each of texts) {
    if (each.join('\n') !== sent.join('\n')) throw new Error('A sampled subscriber got other messages than were sent')
  }
  for (const socket of sockets) socket.destroy()
  return { liveAgainMs }
}

/** Until it is acknowledged: under one nonce, so that a lost answer doubles nothing. */
async function sendOnce(port: number, token: string, text: string): Promise<void> {
  const query =
    'mutation ($text: String!, $nonce: ID) { sendMessage(text: $text, plain: true, nonce: $nonce) { cursor } }'
  const nonce = randomUUID()
  for (;;) {
    try {
      await graphql(port, query, { text, nonce }, token)
      return
    } catch {
      await delay(SEND_EVERY_MS)
    }
  }
}
