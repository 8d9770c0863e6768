// What docs/*/socketio-faye-sockjs.md says of Socket.IO's connection state recovery, seen on Socket.IO itself, spoken to by
// its own frames (Engine.IO 4: `0` open, `2` ping, `3` pong; `40` connect, `42` event).
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import { afterEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { until } from '../setup/until.ts'

interface Room {
  readonly io: Server
  readonly port: number
}

interface Person {
  readonly texts: string[]
  /** What the client library would show as `recovered`: it has the session that it asked for. */
  readonly recovered: boolean
  /** What it needs to ask for it again. */
  session(): { readonly pid: string; readonly offset?: string }
  /** Cuts the connection and waits until the server has noticed. */
  cut(): Promise<void>
}

const opened: Server[] = []
afterEach(async () => {
  for (const io of opened.splice(0)) await io.close()
})

async function openRoom(port = 0): Promise<Room> {
  const server = createServer()
  const io = new Server(server, { transports: ['websocket'], connectionStateRecovery: {} })
  opened.push(io)
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  return { io, port: (server.address() as AddressInfo).port }
}

async function join({ io, port }: Room, session?: { pid: string; offset?: string }): Promise<Person> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`)
  const texts: string[] = []
  let pid = ''
  let offset = session?.offset
  socket.on('error', () => {})
  socket.on('message', data => {
    const text = data.toString()
    if (text.startsWith('0')) socket.send(`40${session ? JSON.stringify(session) : ''}`)
    else if (text === '2') socket.send('3')
    else if (text.startsWith('40')) pid = JSON.parse(text.slice(2)).pid
    else if (text.startsWith('42')) {
      const [, said, at] = JSON.parse(text.slice(2)) as [string, string, string]
      texts.push(said)
      offset = at
    }
  })
  await until('connected', () => pid !== '')
  return {
    texts,
    recovered: pid === session?.pid,
    session: () => ({ pid, ...(offset === undefined ? {} : { offset }) }),
    async cut() {
      const before = io.engine.clientsCount
      socket.terminate()
      await until('the server notices', () => io.engine.clientsCount < before)
    },
  }
}

/** Everybody has what was said so far: the room's last word comes behind it on each connection. */
async function says(room: Room, text: string, ...people: readonly Person[]): Promise<void> {
  room.io.emit('m', text)
  for (const person of people) await until(text, () => person.texts.includes(text))
}

describe('Socket.IO’s connection state recovery', () => {
  test('gives back what was missed, to somebody who had received something and comes back to the same server', async () => {
    const room = await openRoom()
    const ana = await join(room)
    await says(room, 'one', ana)
    await ana.cut()
    await says(room, 'two')
    const back = await join(room, ana.session())
    await says(room, 'three', back)
    expect([back.recovered, back.texts]).toEqual([true, ['two', 'three']])
  })

  test('gives nothing back to somebody who had received nothing yet', async () => {
    const room = await openRoom()
    const ana = await join(room)
    await ana.cut()
    await says(room, 'one')
    const back = await join(room, ana.session())
    await says(room, 'two', back)
    expect([back.recovered, back.texts]).toEqual([false, ['two']])
  })

  test('gives nothing back after the server was started again', async () => {
    const room = await openRoom()
    const ana = await join(room)
    await says(room, 'one', ana)
    await ana.cut()
    await says(room, 'two')
    await room.io.close()
    const again = await openRoom(room.port)
    const back = await join(again, ana.session())
    await says(again, 'three', back)
    expect([back.recovered, back.texts]).toEqual([false, ['three']])
  })

  test('gives a second device nothing of what was said before it', async () => {
    const room = await openRoom()
    const phone = await join(room)
    await says(room, 'one', phone)
    const laptop = await join(room)
    await says(room, 'two', phone, laptop)
    expect(laptop.texts).toEqual(['two'])
  })
})
