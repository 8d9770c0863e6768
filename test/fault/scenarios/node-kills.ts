// A node killed with SIGKILL under load: its clients go to the others, and it comes back empty-handed.
import { pause } from '../nodes.ts'
import { inWorld, type Scenario, times } from './scenario.ts'

export const nodeKills: Scenario = {
  name: 'node-kills',
  about: 'nodes killed with SIGKILL under load; their clients move to others',
  run: options =>
    inWorld({ ...options, scenario: 'node-kills', nodes: 3, people: 6, devices: 3, libraries: 3 }, async world => {
      const { random, places, stock, libraries } = world
      world.load({ lanes: 8 })
      for (let kills = times(options.scale, 20, 2); kills > 0; kills--) {
        await pause(200 + random() * 800)
        const at = Math.floor(random() * places.length)
        const moved = [...stock, ...libraries].filter(device => device.at === at)
        await world.kill(at)
        const killed = performance.now()
        const others = [0, 1, 2].filter(other => other !== at)
        for (const other of others) await world.sender.beacon(world.people[0] as never, null, other)
        // Everybody who was there is somewhere else, and live.
        while (!moved.every(device => device.at !== at && device.isLive)) {
          await pause(5)
          if (performance.now() - killed > 30_000) {
            for (const device of moved) {
              if (device.at === at || !device.isLive) world.ledger.violate('A', device.name, 'has not moved')
            }
            break
          }
        }
        world.atLeast('slowestMoveMs', performance.now() - killed)
        await world.revive(at)
        for (const device of stock) if (random() < 0.3) device.hop(at)
        world.say(`${kills} to go`)
      }
    }),
}
