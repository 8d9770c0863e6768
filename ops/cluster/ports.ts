// Ports of this machine.
import { once } from 'node:events'
import { connect, createServer } from 'node:net'

/** A port that nobody listens on: the wanted one if that is free, else any. 0: any. */
export async function freePort(wanted = 0, host = '127.0.0.1'): Promise<number> {
  const server = createServer()
  server.listen(wanted, host)
  try {
    await once(server, 'listening')
  } catch (error) {
    if (wanted !== 0 && error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')
      return freePort(0, host)
    throw error
  }
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  server.close()
  await once(server, 'close')
  return address.port
}

/** Whether somebody listens there. */
export async function isListening(port: number, host = '127.0.0.1'): Promise<boolean> {
  const socket = connect(port, host)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
