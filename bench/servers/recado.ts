// Recado, as `recado serve` starts it.
import { startServer } from '../../server/main.ts'

const server = await startServer(process.env)
process.send?.({ port: Number(new URL(server.url).port) })
process.once('SIGTERM', () => {
  server.close().then(() => process.exit(0))
})
