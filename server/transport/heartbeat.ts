// One sweep over all connections, instead of a timer for each: pings the silent, destroys the dead.
import type { Connections } from './connections.ts'

/** How often connections are looked at: often enough that 25 s of silence are not 30. */
const SWEEP_MS = 2_000

/** Answers with what stops it. */
export function startHeartbeat(connections: Pick<Connections, 'all'>): () => void {
  const timer = setInterval(() => {
    const now = Math.floor(performance.now())
    for (const connection of connections.all) connection.beat(now)
  }, SWEEP_MS).unref()
  return () => clearInterval(timer)
}
