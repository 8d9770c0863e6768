// A server that stops lets everybody go, also whoever has only just come.
import { expect, test } from 'vitest'
import { openRawSocket } from '../setup/raw-socket.ts'
import { startTestServer } from '../setup/server.ts'

test('DRAIN-2 a socket that has not said who it is yet, or is just being acknowledged, is closed with 1012 like all others', async () => {
  const server = await startTestServer()
  const silent = await openRawSocket(server.socket)
  const early = await openRawSocket(server.socket)
  early.send({ type: 'connection_init' })
  const closing = server.close()
  expect((await silent.ended()).code).toBe(1012)
  expect((await early.ended()).code).toBe(1012)
  await closing
})
