// SIGTERM of a node under load: what was in flight is answered, everybody is let go with 1012, and it exits with 0.
import type { Device } from '../devices.ts'
import { pause, type World } from '../nodes.ts'
import { inWorld, type Scenario, times } from './scenario.ts'

export const drain: Scenario = {
  name: 'drain',
  about: 'SIGTERM of nodes under load, one after another: a rolling restart',
  run: options =>
    inWorld({ ...options, scenario: 'drain', nodes: 3, people: 6, devices: 4, libraries: 3 }, async world => {
      world.load({ lanes: 6 })
      for (let round = times(options.scale, 4); round > 0; round--) {
        for (const at of options.scale < 1 ? [1] : [0, 1, 2]) await drainOne(world, at)
        world.say(`${round} rounds to go`)
      }
    }),
}

let texts = 0

async function drainOne(world: World, at: number): Promise<void> {
  const { stock, libraries, ledger, figures, random, tally, people } = world
  // Some are surely there.
  for (const device of stock) if (device.at !== at && random() < 0.3) device.hop(at)
  await pause(400)
  const there = stock.filter(device => device.at === at && device.isLive)
  const movers = [...there, ...libraries.filter(device => device.at === at)]
  const codes = new Map(tally.closeCodes)
  const inFlight = new Set<string>()
  const unanswered: string[] = []
  let answered = 0
  let stopped = false
  /** Sends over its socket, one after the other, until the socket is closed. */
  async function lane(device: Device): Promise<void> {
    while (!stopped && device.at === at && device.isLive) {
      const text = `in flight ${texts++}`
      const to = random() < 0.4 ? (people[0]?.username ?? null) : null
      ledger.sending({ nonce: text, from: device.account, to, text })
      inFlight.add(text)
      const answer = await device.send(to === null ? { text, plain: true, nonce: text } : { text, to, nonce: text })
      if (answer === null) {
        if (told.has(text)) unanswered.push(text)
        return
      }
      inFlight.delete(text)
      if (told.has(text)) answered++
      if (!Array.isArray(answer)) ledger.acknowledged(text, answer)
      else if (answer[0]?.extensions?.code === 'DRAINING') {
        ledger.refused(text)
        figures.refusedWithDraining = (figures.refusedWithDraining ?? 0) + 1
        return
      } else ledger.violate('D', device.name, `a send was refused: ${JSON.stringify(answer)}`)
    }
  }
  const told = new Set<string>()
  const lanes = there.map(lane)
  await pause(300)
  for (const text of inFlight) told.add(text)
  const began = performance.now()
  const status = await world.kill(at, 'SIGTERM')
  world.atLeast('slowestExitMs', performance.now() - began)
  if (status !== 0) ledger.violate('E', `node ${at}`, `exited with ${status}`)
  stopped = true
  await Promise.all(lanes)
  figures.inFlight = (figures.inFlight ?? 0) + told.size
  figures.inFlightAnswered = (figures.inFlightAnswered ?? 0) + answered
  while (!movers.every(device => device.at !== at && device.isLive)) {
    await pause(5)
    if (performance.now() - began > 30_000) {
      for (const device of movers)
        if (device.at === at || !device.isLive) ledger.violate('A', device.name, 'has not moved')
      break
    }
  }
  world.atLeast('slowestMoveMs', performance.now() - began)
  for (const [code, count] of tally.closeCodes) {
    const more = count - (codes.get(code) ?? 0)
    if (more > 0 && code !== 1012) ledger.violate('E', `node ${at}`, `closed ${more} sockets with ${code}`)
    if (more > 0) figures[`closed with ${code}`] = (figures[`closed with ${code}`] ?? 0) + more
  }
  await world.reachEverybody()
  // What the node had not read yet when it let the socket go was not in flight; what it stored was.
  for (const text of unanswered) {
    if (ledger.wasApplied(text)) ledger.violate('A', `node ${at}`, `stored ${text} and did not answer`)
    else figures.inFlightUnread = (figures.inFlightUnread ?? 0) + 1
  }
  await world.revive(at)
}
