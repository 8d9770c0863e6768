// Three nodes, hundreds of clients that hop between them at random while thousands of messages pass.
import { pick } from '../../setup/random.ts'
import { pause } from '../nodes.ts'
import { inWorld, type Scenario, times } from './scenario.ts'

const CLIENTS = 300
const MESSAGES = 20_000
/** Each account has so many clients. */
const DEVICES = 3

export const hopping: Scenario = {
  name: 'hopping',
  about: `three nodes, ${CLIENTS} clients hopping at random while ${MESSAGES} messages pass`,
  run: options => {
    const clients = times(options.scale, CLIENTS, 60)
    const libraries = Math.round(clients / 10)
    const people = Math.round((clients - libraries) / DEVICES)
    return inWorld({ ...options, scenario: 'hopping', nodes: 3, people, devices: DEVICES, libraries }, async world => {
      const { random, places, ledger, stock } = world
      const started = performance.now()
      const total = times(options.scale, MESSAGES, 3_000)
      const load = world.load({ lanes: 30, total, pauseMs: 4, private: 0.5 })
      let over = false
      void load.done.then(() => {
        over = true
      })
      const devices = [...stock, ...world.libraries]
      for (let turns = 0; !over; turns++) {
        pick(devices, random).hop(Math.floor(random() * places.length))
        if (turns % 100 === 0) world.say(`${ledger.counts.sends} of ${total}`)
        await pause(random() * 20)
      }
      const seconds = (performance.now() - started) / 1000
      world.atLeast('messagesPerSecond', ledger.counts.acknowledged / seconds)
      world.atLeast('slowestDeliveryMs', ledger.takeSlowest())
    })
  },
}
