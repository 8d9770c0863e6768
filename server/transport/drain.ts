// Letting people go so that they come back elsewhere: in waves, since all at once would be all at once again.
import { setTimeout as delay } from 'node:timers/promises'
import type { Connections } from './connections.ts'

const WAVES = 20

/** Closes every connection, spread evenly over this time. Resolves once all were told. */
export async function closeInWaves(connections: Pick<Connections, 'all'>, spreadMs: number): Promise<void> {
  const everybody = [...connections.all]
  const size = Math.max(1, Math.ceil(everybody.length / WAVES))
  for (let start = 0; start < everybody.length; start += size) {
    for (const connection of everybody.slice(start, start + size)) connection.drain()
    if (start + size < everybody.length) await delay(spreadMs / WAVES)
  }
  // Whoever connected just before upgrades were refused.
  for (const connection of connections.all) connection.drain()
}
