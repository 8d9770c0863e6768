// Recado, as `recado serve` starts it.
import { startServer } from '../../server/main.ts'
import { sayReady } from './ready.ts'

const server = await startServer(process.env)
sayReady(Number(new URL(server.url).port))
process.once('SIGTERM', () => {
  server.close().then(() => process.exit(0))
})
