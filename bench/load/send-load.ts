// Senders without subscribers: each keeps so many sends unanswered, and what is measured is how fast answers come.
import { setTimeout as delay } from 'node:timers/promises'
import { quantile } from '../report/statistics.ts'
import type { Figures } from '../results.ts'
import type { ServerProcess } from '../server-process.ts'
import type { SendOptions, SendSocket } from './chat-client.ts'
import type { Span } from './fan-out-load.ts'
import { createText } from './texts.ts'

const DRAIN_MS = 30_000

/**
 * @param open opens the sender of this number
 * @param inFlight sends that each sender leaves unanswered at most
 */
export async function measureSends(
  server: ServerProcess,
  open: (options: SendOptions) => Promise<SendSocket>,
  { senders, inFlight, span }: { readonly senders: number; readonly inFlight: number; readonly span: Span },
): Promise<Figures> {
  const faults: string[] = []
  let number = 0
  let answered = 0
  let isSending = true
  let isMeasuring = false
  const latencies: number[] = []
  const sockets = await Promise.all(
    Array.from({ length: senders }, async (_, account) => {
      /** When each unanswered send left. Answers come in the order of the sends. */
      const sentAt: number[] = []
      const socket = await open({
        account,
        onFault: fault => faults.push(fault),
        onAcknowledged(count) {
          const now = performance.now()
          answered += count
          const done = sentAt.splice(0, count)
          if (isMeasuring) for (const at of done) latencies.push(now - at)
          if (isSending) fill()
        },
      })
      const fill = (): void => {
        const texts = Array.from({ length: inFlight - sentAt.length }, () => createText(number++))
        sentAt.push(...texts.map(() => performance.now()))
        socket.send(texts)
      }
      return { socket, fill }
    }),
  )
  for (const { fill } of sockets) fill()
  await delay(span.warmUpMs)
  isMeasuring = true
  const before = snapshot(server, answered)
  await delay(span.measureMs)
  const after = snapshot(server, answered)
  isMeasuring = false
  isSending = false
  const deadline = performance.now() + DRAIN_MS
  while (answered < number && faults.length === 0) {
    if (performance.now() > deadline) throw new Error(`Only ${answered} of ${number} sends were answered`)
    await delay(5)
  }
  for (const { socket } of sockets) socket.destroy()
  if (faults.length > 0) throw new Error(faults.slice(0, 5).join('\n'))
  const sends = after.answered - before.answered
  const ms = after.at - before.at
  latencies.sort((a, b) => a - b)
  return {
    sendsPerSecond: (sends * 1_000) / ms,
    cpuPerSend: ((after.serverMs - before.serverMs) * 1_000) / sends,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    serverCores: (after.serverMs - before.serverMs) / ms,
    clientCores: (after.clientMs - before.clientMs) / ms,
  }
}

function snapshot(server: ServerProcess, answered: number) {
  const { user, system } = process.cpuUsage()
  return { at: performance.now(), serverMs: server.usage().cpuMs, clientMs: (user + system) / 1_000, answered }
}
