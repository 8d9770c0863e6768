// Everybody comes back at once, each with messages to catch up on, while others write.
import { openGraphqlSocket, subscribeMessage } from '../../../bench/load/graphql-socket.ts'
import { openMany } from '../../../bench/load/open-many.ts'
import type { RawSocket } from '../../../bench/load/raw-socket.ts'
import { pick } from '../../setup/random.ts'
import { EVENTS } from '../../setup/stock.ts'
import { until } from '../../setup/until.ts'
import { type Alone, inAlone } from '../alone.ts'
import { newestCursor, pause } from '../devices.ts'
import type { LedgerSession } from '../ledger.ts'
import { isAt } from '../verdict.ts'
import { type Row, times } from './row.ts'

const CLIENTS = 5_000
const CAUGHT_UP_MS = 30_000

export const storm: Row = {
  name: 'storm',
  fault: '5,000 clients lose the server and come back at once',
  also: 'all caught up within 30 s',
  run: options =>
    inAlone({ ...options, people: 20, devices: 1, libraries: 0 }, async alone => {
      const { ledger, people, figures } = alone
      const count = times(options.scale, CLIENTS, 100)
      const since = await newestCursor(alone.server.graphql, people[0]?.token ?? '')
      const crowd: Member[] = Array.from({ length: count }, (_, n) => {
        const { token, username } = people[n % people.length] ?? { token: '', username: '' }
        const session = ledger.session(`member ${n}`, username, false)
        session.startedAt(since)
        return { session, token, socket: null }
      })
      await comeBack(alone, crowd)
      await alone.load({ lanes: 2, total: 60 }).done
      await alone.reachEverybody(60_000)
      alone.say('the server is killed')
      await alone.stop('SIGKILL')
      for (const member of crowd) member.socket?.destroy()
      await alone.start()
      // What they will have missed.
      await alone.load({ lanes: 2, total: 60 }).done
      const { cursor } = await alone.sender.beacon(pick(people, alone.random), null, 0)
      const load = alone.load({ lanes: 2, pauseMs: 200 })
      alone.say('all come back')
      const began = performance.now()
      await Promise.all([
        comeBack(alone, crowd),
        until('all are caught up', () => crowd.every(({ session }) => isAt(session, cursor)), 120_000),
      ])
      const tookMs = Math.round(performance.now() - began)
      figures.clients = count
      figures.caughtUpMs = tookMs
      if (tookMs > CAUGHT_UP_MS) alone.wrong(`all were caught up after ${tookMs} ms`)
      await pause(300)
      load.stop()
      await load.done
      await alone.reachEverybody(60_000)
      alone.atLast(() => {
        for (const member of crowd) member.socket?.destroy()
      })
    }),
}

interface Member {
  readonly session: LedgerSession
  readonly token: string
  socket: RawSocket | null
}

async function comeBack({ server }: Alone, crowd: readonly Member[]): Promise<void> {
  await openMany(crowd.length, async n => {
    const member = crowd[n]
    if (!member) return
    const { session, token } = member
    const socket = await openGraphqlSocket({ port: server.port, token })
    member.socket = socket
    socket.onText = text => {
      const event = JSON.parse(text).payload?.data?.onEvent
      if (event?.__typename !== 'MessageAdded') return
      const { id, text: said, from, to } = event.message
      session.applied({ cursor: event.cursor, id, text: said, from: from.username, to: to?.username ?? null })
    }
    socket.send(subscribeMessage(EVENTS, { since: session.cursor }))
  })
}
