// The server as a child that a test can question: it says its port over IPC, and collects its garbage when asked.
import { startServer } from '../../server/main.ts'

const server = await startServer(process.env)
process.send?.({ url: server.url })
process.on('message', message => {
  if (message !== 'collect') return
  globalThis.gc?.()
  process.send?.({ heap: process.memoryUsage().heapUsed })
})
process.once('SIGTERM', () => {
  server.close().then(() => process.exit(0))
})
process.once('disconnect', () => process.exit(0))
