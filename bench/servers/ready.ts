// What every server here says to the benchmark that started it: its port, and that it has collected its garbage.
import type { AddressInfo, Server } from 'node:net'

/** Says the port, and ends when the benchmark ends. */
export function sayReady(port: number): void {
  process.send?.({ port })
  process.on('message', message => {
    if (message !== 'collect') return
    globalThis.gc?.()
    process.send?.('collected')
  })
  process.once('disconnect', () => process.exit(0))
}

/** Listens on any free port of the loopback. */
export function listen(server: Server): void {
  server.listen({ port: 0, host: '127.0.0.1' }, () => sayReady((server.address() as AddressInfo).port))
  process.once('SIGTERM', () => process.exit(0))
}
