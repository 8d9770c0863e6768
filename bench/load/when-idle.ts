// When a server has nothing left to do.
import { setTimeout as delay } from 'node:timers/promises'
import type { ServerProcess } from '../server-process.ts'

const QUIET_MS = 300
/** Two ticks of the system's clock: heartbeats and timers are not work. */
const QUIET_CPU_MS = 20
const DEADLINE_MS = 60_000

/** Resolves once the server used hardly any processor time for a while. */
export async function whenIdle(server: ServerProcess): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS
  for (let before = server.usage().cpuMs; ; ) {
    await delay(QUIET_MS)
    const { cpuMs } = server.usage()
    if (cpuMs - before <= QUIET_CPU_MS) return
    if (performance.now() > deadline) throw new Error(`The server is still busy after ${DEADLINE_MS / 1_000} s`)
    before = cpuMs
  }
}
