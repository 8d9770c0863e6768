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
        // Everybody who was there is somewhere else, and live.
        await world.moved(moved, at)
        await world.reachEverybody()
        await world.revive(at)
        for (const device of stock) if (random() < 0.3) device.hop(at)
        world.say(`${kills} to go`)
      }
    }),
}
