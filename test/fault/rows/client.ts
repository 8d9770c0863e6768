// The library through the same faults: its resume, its outbox in files across kill -9 of the program, its way round a
// network that lets no WebSocket through.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRecado } from '../../../client/core/recado.ts'
import type { Recado } from '../../../client/core/types.ts'
import { pick } from '../../setup/random.ts'
import type { Entered } from '../../setup/request.ts'
import { until } from '../../setup/until.ts'
import { type Alone, inAlone } from '../alone.ts'
import { newestCursor, pause, record } from '../devices.ts'
import { startSpeaker } from '../speaker.ts'
import { type Row, times } from './row.ts'

const BACK_MS = 45_000

export const clientResume: Row = {
  name: 'client-resume',
  fault: 'the library: connections cut, dropped and swallowed, the server killed, at random',
  also: 'it is live again each time, and gets each event once',
  run: options =>
    inAlone({ ...options, devices: 1, libraries: 6 }, async alone => {
      const { random, proxy, libraries } = alone
      alone.load({ lanes: 5 })
      const faults: (() => Promise<void>)[] = [
        async () => proxy.cutAll(),
        async () => pick(libraries, random).hop(0),
        async () => {
          // In the middle of whatever comes next.
          let left = 1 + Math.floor(random() * 4)
          proxy.judge = () => (left-- > 0 ? 'cut' : 'pass')
          await pause(150)
          proxy.judge = () => 'pass'
        },
        async () => {
          await alone.stop('SIGKILL')
          await pause(random() * 200)
          await alone.start()
        },
        async () => {
          // Nothing comes for a while, then everything is gone.
          proxy.judge = () => 'swallow'
          await pause(100 + random() * 300)
          proxy.cutAll()
          proxy.judge = () => 'pass'
        },
      ]
      for (let n = times(options.scale, 20, faults.length); n > 0; n--) {
        await pause(50 + random() * 300)
        const fault = faults[n % faults.length]
        await fault?.()
        if (random() < 0.3) {
          await until('the library is live', () => libraries.every(({ isLive }) => isLive), BACK_MS)
        }
        alone.say(`${n - 1} to go`)
      }
      for (const { recado } of libraries) recado.wake()
      await until('the library is live', () => libraries.every(({ isLive }) => isLive), BACK_MS)
    }),
}

export const clientKilled: Row = {
  name: 'client-killed',
  fault: 'the library: kill -9 of a program with an outbox in files, and of the server',
  also: 'what was in the outbox is sent once, in the order in which it was said',
  run: options =>
    inAlone({ ...options, libraries: 0 }, async alone => {
      const { random, people, place, ledger } = alone
      const [from, to] = people as [Entered, Entered]
      const folder = await mkdtemp(join(tmpdir(), 'recado-outbox-'))
      alone.atLast(() => rm(folder, { recursive: true, force: true }))
      const url = place.graphql.replace(/\/graphql$/, '')
      const speaker = { url, token: from.token, account: from.id, to: to.username, folder }
      const kept: string[] = []
      const said = {
        saying: (text: string, isPrivate: boolean) =>
          ledger.sending({ nonce: text, from: from.username, to: isPrivate ? to.username : null, text }),
        kept: (text: string) => void kept.push(text),
        acknowledged: (text: string, at: { id: string; cursor: string }) => ledger.acknowledged(text, at),
      }
      const kills = times(options.scale, 12, 3)
      for (let n = 0; n < kills; n++) {
        const program = startSpeaker({ ...speaker, first: n * 10_000, pauseMs: 5 }, said)
        await until('it says something', () => program.said > 3, 30_000)
        await pause(random() * 300)
        // Sometimes what it says can't leave.
        if (n % 3 === 1) {
          await alone.stop('SIGKILL')
          await pause(100 + random() * 200)
        }
        await program.kill()
        if (n % 3 === 1) await alone.start()
        alone.say(`${n + 1} of ${kills}`)
      }
      const last = startSpeaker({ ...speaker, first: kills * 10_000, pauseMs: 5, most: 5 }, said)
      const status = await last.ended(60_000)
      if (status !== 0) alone.wrong(`the last one, which waits until its outbox is empty, ended with ${status}`)
      await alone.reachEverybody()
      alone.figures.kills = kills
      alone.figures.kept = kept.length
      const applied = alone.stock[0]
      if (!applied) return
      for (const text of kept) {
        if (!ledger.wasApplied(text)) ledger.violate('A', 'the outbox', `kept, and never sent: ${text}`)
      }
      judgeOrder(alone)
    }),
}

/** Its texts have rising numbers: so they must come, in each session. */
function judgeOrder({ stock, ledger }: Alone): void {
  for (const { name, session } of stock) {
    let last = -1
    for (const text of session.texts) {
      const number = Number(/^spoken (\d+)/.exec(text)?.[1] ?? Number.NaN)
      if (Number.isNaN(number)) continue
      if (number < last) ledger.violate('B', name, `${number} was said before ${last}, and came after it`)
      last = number
    }
  }
}

export const clientFallback: Row = {
  name: 'client-fallback',
  fault: 'the library: a proxy that lets no WebSocket through, from the start or from one moment on, and does again',
  also: 'it goes on over SSE and HTTP, and is back on a WebSocket afterwards',
  run: options =>
    inAlone({ ...options, libraries: 0 }, async alone => {
      const { proxy, random, people } = alone
      const recados: Recado[] = []
      alone.atLast(() => Promise.all(recados.map(recado => recado.close())))
      for (let n = 0; n < 4; n++) recados.push(await openLibrary(alone, people[n % people.length] as Entered, n))
      alone.load({ lanes: 4 })
      const speaking = speakAll(alone, recados)
      for (let round = times(options.scale, 2); round > 0; round--) {
        proxy.judgeRequest = chunk => (/upgrade: *websocket/i.test(chunk.toString('latin1', 0, 2_048)) ? 'cut' : 'pass')
        proxy.cutAll()
        await allOn(alone, recados, 'sse')
        // A stream breaks, too.
        await pause(random() * 500)
        proxy.cutAll()
        recados.push(await openLibrary(alone, pick(people, random), recados.length))
        await allOn(alone, recados, 'sse')
        proxy.judgeRequest = () => 'pass'
        await allOn(alone, recados, 'websocket')
        alone.say(`${round - 1} rounds to go`)
      }
      await speaking.stop()
      const isEmpty = (): boolean => recados.every(({ outbox }) => outbox.entries.length === 0)
      await until('the outboxes are empty', isEmpty, BACK_MS)
      await alone.quiet()
      await alone.reachEverybody()
    }),
}

async function allOn(alone: Alone, recados: readonly Recado[], transport: 'sse' | 'websocket'): Promise<void> {
  const began = performance.now()
  await until(
    `all are live over ${transport}`,
    () => recados.every(recado => recado.state === 'live' && recado.transport === transport),
    BACK_MS,
  )
  alone.atLeast(`slowestTo ${transport}`, performance.now() - began)
}

async function openLibrary(alone: Alone, { token, id, username }: Entered, n: number): Promise<Recado> {
  const { ledger, tally, place, server } = alone
  const name = `library ${n} of ${username}`
  const session = ledger.session(name, username, false)
  const since = await newestCursor(server.graphql, token)
  session.startedAt(since)
  const recado = createRecado({ url: place.graphql.replace(/\/graphql$/, ''), token, account: id })
  record(recado, { name, session, ledger, tally }, since)
  return recado
}

function speakAll({ ledger, people }: Alone, recados: readonly Recado[]) {
  let stopped = false
  async function lane(n: number): Promise<void> {
    for (let i = 0; !stopped; i++) {
      const from = people[n % people.length]?.username ?? ''
      const text = `over whatever there is ${n} ${i}`
      ledger.sending({ nonce: text, from, to: null, text })
      const message = await recados[n]?.sendPublic(text)
      if (message) ledger.acknowledged(text, message)
      await pause(20)
    }
  }
  const lanes = Promise.all([0, 1, 2].map(lane))
  return {
    async stop() {
      stopped = true
      await lanes
    },
  }
}
