// SIGTERM under load: not ready, what is in flight is answered, everybody is told to come back, and it exits in time.
import { until } from '../../setup/until.ts'
import { type Alone, inAlone } from '../alone.ts'
import { type Device, pause } from '../devices.ts'
import { type Row, times } from './row.ts'

const EXIT_MS = 10_000
let texts = 0

export const drainAlone: Row = {
  name: 'drain',
  fault: 'SIGTERM under load',
  also: 'not ready; in-flight sends answered, new ones `DRAINING`; 1012 in waves; exit 0 within 10 s',
  run: options =>
    inAlone({ ...options, devices: 4, env: { DRAIN_SECONDS: options.scale < 1 ? '1' : '5' } }, async alone => {
      for (let round = times(options.scale, 3); round > 0; round--) {
        // Its own sends are over the sockets; these come by HTTP.
        const load = alone.load({ lanes: 4 })
        await pause(200 + alone.random() * 400)
        const unanswered = await drainOnce(alone)
        await alone.start()
        await alone.reachEverybody()
        // What it had not read yet when it let the socket go was not in flight; what it stored was.
        for (const text of unanswered) {
          if (alone.ledger.wasApplied(text)) alone.ledger.violate('A', 'the server', `stored ${text}, did not answer`)
        }
        load.stop()
        await load.done
      }
    }),
}

/** Answers with what was in flight, and was not answered. */
async function drainOnce(alone: Alone): Promise<string[]> {
  const { stock, ledger, tally, figures, server, random } = alone
  await until('everybody is live', () => stock.every(({ isLive }) => isLive), 30_000)
  const codes = new Map(tally.closeCodes)
  const inFlight = new Set<string>()
  const told = new Set<string>()
  const unanswered: string[] = []
  let isOver = false
  /** Sends over its socket, one after the other, until the socket is closed. */
  async function lane(device: Device): Promise<void> {
    while (!isOver && device.isLive) {
      const text = `in flight ${texts++}`
      ledger.sending({ nonce: text, from: device.account, to: null, text })
      inFlight.add(text)
      const answer = await device.send({ text, plain: true, nonce: text })
      if (answer === null) return void (told.has(text) && unanswered.push(text))
      inFlight.delete(text)
      if (told.has(text)) figures.inFlightAnswered = (figures.inFlightAnswered ?? 0) + 1
      if (!Array.isArray(answer)) ledger.acknowledged(text, answer)
      else if (answer[0]?.extensions?.code === 'DRAINING') {
        ledger.refused(text)
        figures.refusedWithDraining = (figures.refusedWithDraining ?? 0) + 1
        await pause(20)
      } else ledger.violate('D', device.name, `a send was refused: ${JSON.stringify(answer)}`)
    }
  }
  const lanes = stock.map(lane)
  await pause(100 + random() * 100)
  for (const text of inFlight) told.add(text)
  const began = performance.now()
  let wasUnready = false
  const asking = (async () => {
    while (!isOver && !wasUnready) {
      const response = await fetch(`${server.url}/health/ready`).catch(() => null)
      await response?.body?.cancel()
      // It says so, or takes no connections any more.
      if (response?.status !== 200 && !isOver) wasUnready = true
      await pause(5)
    }
  })()
  const status = await alone.stop('SIGTERM', 30_000)
  const tookMs = Math.round(performance.now() - began)
  isOver = true
  alone.atLeast('slowestExitMs', tookMs)
  if (status !== 0) alone.wrong(`it exited with ${status}`)
  if (tookMs > EXIT_MS) alone.wrong(`it took ${tookMs} ms to exit`)
  await Promise.all([...lanes, asking])
  figures.sawUnready = (figures.sawUnready ?? 0) + (wasUnready ? 1 : 0)
  for (const [code, count] of tally.closeCodes) {
    const more = count - (codes.get(code) ?? 0)
    if (more > 0 && code !== 1012) ledger.violate('E', 'the server', `closed ${more} sockets with ${code}`)
    if (more > 0) figures[`closed with ${code}`] = (figures[`closed with ${code}`] ?? 0) + more
  }
  return unanswered
}
