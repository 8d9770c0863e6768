import { writeHeapSnapshot } from 'node:v8'
import { startServer } from '../../server/main.ts'

const server = await startServer(process.env)
process.send?.({ port: Number(new URL(server.url).port) })
process.on('message', (m: string) => {
  globalThis.gc?.()
  globalThis.gc?.()
  const u = process.memoryUsage()
  if (m === 'snap') writeHeapSnapshot('/tmp/heap.heapsnapshot')
  process.send?.({ heap: u.heapUsed, external: u.external, rss: u.rss })
})
process.once('SIGTERM', () => {
  server.close().then(() => process.exit(0))
})
