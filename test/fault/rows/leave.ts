// Somebody leaves, from one device or everywhere, while messages are being delivered: here, and at another node.
import { openRawSocket, type RawSocket } from '../../setup/raw-socket.ts'
import { data, enter } from '../../setup/request.ts'
import { until } from '../../setup/until.ts'
import { inAlone } from '../alone.ts'
import { type Place, pause } from '../devices.ts'
import { placeOf } from '../nodes.ts'
import { inWorld } from '../scenarios/scenario.ts'
import { type Row, times } from './row.ts'

const WITHIN_MS = 1_000
/** How long it is listened after that. */
const AFTER_MS = 600
const ROUNDS = 6
const ALSO = 'nothing more to that session within 1 s, and its sockets are closed with 4403'
const PASSWORD = 'a good password'
let names = 0

export const leave: Row = {
  name: 'leave',
  fault: 'leave, and leave everywhere, during delivery',
  also: ALSO,
  run: options =>
    inAlone(options, async alone => {
      alone.load({ lanes: 6, pauseMs: 5, private: 0.1 })
      for (let round = times(options.scale, ROUNDS, 2); round > 0; round--) {
        await leaveOnce([alone.place], round % 2 === 0, alone.wrong, alone.atLeast)
      }
    }),
}

export const leaveNodes: Row = {
  name: 'leave-nodes',
  fault: 'leave, and leave everywhere, by way of another node, during delivery',
  also: ALSO,
  run: async options => {
    const wrong: string[] = []
    const report = await inWorld(
      { ...options, scenario: 'leave-nodes', nodes: 2, people: 4, devices: 2, libraries: 1 },
      async world => {
        world.load({ lanes: 6, pauseMs: 5, private: 0.1 })
        for (let round = times(options.scale, ROUNDS, 2); round > 0; round--) {
          const places = [placeOf(world.places, 0), placeOf(world.places, 1)]
          await leaveOnce(places, round % 2 === 0, what => wrong.push(what), world.atLeast)
        }
      },
    )
    return { ...report, defects: [...report.defects, ...wrong] }
  },
}

interface Listener {
  readonly socket: RawSocket
  readonly token: string
  /** When anything of a feed came, the last time, by `performance.now()`. */
  lastAt: number
  deliveries: number
  closedWith: number | null
  closedAt: number
}

/** Three devices of one account; one of them leaves, or says that all do, at the first place. */
async function leaveOnce(
  places: readonly Place[],
  everywhere: boolean,
  wrong: (what: string) => void,
  atLeast: (figure: string, value: number) => void,
): Promise<void> {
  const username = `leaver-${names++}`
  const listeners: Listener[] = []
  try {
    for (let n = 0; n < 3; n++) {
      const { graphql, socket } = places[(n + 1) % places.length] as Place
      const { token } = await enter(graphql, username, PASSWORD)
      listeners.push(await listen(socket, token))
    }
    await until('all are delivered to', () => listeners.every(({ deliveries }) => deliveries > 3), 20_000)
    // The last one is at the last place; it leaves by way of the first.
    const [leaver] = listeners.slice(-1)
    const { leave } = await data(places[0]?.graphql ?? '', 'mutation ($e: Boolean!) { leave(everywhere: $e) }', {
      token: leaver?.token,
      variables: { e: everywhere },
    })
    const left = performance.now()
    if (leave !== true) wrong(`leave was answered with ${leave}`)
    const counts = listeners.map(({ deliveries }) => deliveries)
    await pause(WITHIN_MS + AFTER_MS)
    for (const [n, { lastAt, closedWith, closedAt, deliveries }] of listeners.entries()) {
      const hasLeft = everywhere || n === listeners.length - 1
      if (!hasLeft) {
        if (closedWith !== null) wrong(`a device that stayed was closed with ${closedWith}`)
        if (deliveries === counts[n]) wrong('a device that stayed gets nothing more')
        continue
      }
      atLeast('lastDeliveryAfterMs', Math.max(0, lastAt - left))
      atLeast('closedAfterMs', Math.max(0, closedAt - left))
      if (lastAt > left + WITHIN_MS) wrong(`${Math.round(lastAt - left)} ms after leaving something was delivered`)
      if (closedWith !== 4403) wrong(`the socket of who left was closed with ${closedWith}`)
      else if (closedAt > left + WITHIN_MS) wrong(`it was closed ${Math.round(closedAt - left)} ms after leaving`)
    }
  } finally {
    for (const { socket } of listeners) socket.destroy()
  }
}

async function listen(url: string, token: string): Promise<Listener> {
  const socket = await openRawSocket(url)
  socket.send({ type: 'connection_init', payload: { authorization: token } })
  await socket.receive()
  socket.send({ id: 'f', type: 'subscribe', payload: { query: 'subscription { onMessage { text } }' } })
  const listener: Listener = { socket, token, lastAt: 0, deliveries: 0, closedWith: null, closedAt: 0 }
  void (async () => {
    for (;;) {
      const frame = await socket.receiveFrame(2 ** 30).catch(() => null)
      if (!frame) return
      if (frame.opcode === 8) {
        listener.closedWith = frame.payload.readUInt16BE(0)
        listener.closedAt = performance.now()
        return
      }
      if (frame.opcode !== 1 || !frame.payload.includes('"next"')) continue
      listener.lastAt = performance.now()
      listener.deliveries++
    }
  })()
  return listener
}
