// Whether the node on this machine takes people: exit status 0 or 1. For systemd, which waits for it, and for the health
// check of a container. `node ops/ready.ts [SECONDS]`: how long it may still take, default 0. PORT says where.
import { setTimeout as delay } from 'node:timers/promises'

const url = `http://127.0.0.1:${process.env.PORT ?? 4000}/health/ready`
const deadline = performance.now() + Number(process.argv[2] ?? 0) * 1_000

async function status(): Promise<number | null> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => null)
  await response?.body?.cancel()
  return response?.status ?? null
}

let last = await status()
while (last !== 200 && performance.now() < deadline) {
  await delay(100)
  last = await status()
}
if (last !== 200) console.error(`${url}: ${last ?? 'no answer'}`)
process.exitCode = last === 200 ? 0 : 1
