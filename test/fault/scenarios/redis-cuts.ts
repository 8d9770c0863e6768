// The way between a node and Redis fails in each direction, for commands and for notices apart, at bad moments.

import { pick } from '../../setup/random.ts'
import type { Direction, LinkRole, RedisRelay, Verdict } from '../../setup/redis-relay.ts'
import { until } from '../../setup/until.ts'
import { pause, type World } from '../nodes.ts'
import { inWorld, type Scenario, times } from './scenario.ts'

/** Longer than any connection of ours is silent before it is given up. */
const HOLE_MS = 6_500

export const redisCuts: Scenario = {
  name: 'redis-cuts',
  about:
    'connections to Redis cut before and after the append, within a frame; black holes in each direction; slowness',
  run: options =>
    inWorld({ ...options, scenario: 'redis-cuts', nodes: 3, people: 6, devices: 3, libraries: 3 }, async world => {
      const { random, proxies } = world
      world.load({ lanes: 8, pauseMs: 15 })
      const moments: (() => Promise<void>)[] = [
        // The append was executed; its answer is lost, whole or in the middle of it.
        () => strike(world, 'commands', 'answers', 'cut', true),
        () => strike(world, 'commands', 'answers', 'half', true),
        // The append never got there, or only its first half.
        () => strike(world, 'commands', 'requests', 'cut', true),
        () => strike(world, 'commands', 'requests', 'half', true),
        // Any answer to any other command.
        () => strike(world, 'commands', 'answers', 'cut', false),
        // Within a notice, and between two.
        () => strike(world, 'subscriber', 'answers', 'half', false),
        () => strike(world, 'subscriber', 'answers', 'cut', false),
        async () => pick(proxies, random).cut(),
      ]
      for (let round = times(options.scale, 10); round > 0; round--) {
        for (const moment of moments) await moment()
        world.say(`${round} rounds of cuts to go`)
      }
      await world.reachEverybody()

      for (let round = times(options.scale, 3); round > 0; round--) {
        // All at once, each at a node of its own; whoever is there has to wait, or go elsewhere.
        const holes: [LinkRole, Direction][][] = [
          [
            ['commands', 'answers'],
            ['commands', 'requests'],
            ['subscriber', 'answers'],
          ],
          [
            ['subscriber', 'requests'],
            ['subscriber', 'answers'],
            ['commands', 'answers'],
          ],
        ]
        for (const kinds of options.scale < 1 ? holes.slice(0, 1) : holes) {
          for (const [at, [role, direction]] of kinds.entries()) blackHole(proxies[at], role, direction)
          await pause(HOLE_MS)
          for (const proxy of proxies) proxy.heal()
          const healed = performance.now()
          await world.reachEverybody()
          world.atLeast('slowestRecoveryAfterHolesMs', performance.now() - healed)
        }
        world.say(`${round} rounds of holes to go`)
      }

      for (const [at, proxy] of proxies.entries()) {
        proxy.delayMs = role => (at === 0 || (at === 1) === (role === 'commands') ? 40 + random() * 80 : 0)
      }
      await pause(times(options.scale, 5_000, 1_500))
      world.atLeast('slowestDeliveryMs', world.ledger.takeSlowest())
      await world.reachEverybody()
    }),
}

/** Waits for such a chunk at some node, and does this to it, once. */
async function strike(world: World, role: LinkRole, direction: Direction, verdict: Verdict, marked: boolean) {
  const { random, proxies, figures } = world
  const proxy = pick(proxies, random)
  await pause(random() * 60)
  let struck = false
  // Somebody who comes makes it read.
  if (!marked) for (const device of world.stock) if (random() < 0.4) device.hop(proxies.indexOf(proxy))
  proxy.judge = chunk => {
    if (struck || chunk.role !== role || chunk.direction !== direction || chunk.isMarked !== marked) return 'pass'
    struck = true
    return verdict
  }
  await until(`a chunk of ${direction} of ${role}`, () => struck)
  proxy.heal()
  const name = `${verdict} ${marked ? 'append ' : ''}${role} ${direction}`
  figures[name] = (figures[name] ?? 0) + 1
}

function blackHole(proxy: RedisRelay | undefined, role: LinkRole, direction: Direction): void {
  if (proxy) proxy.judge = chunk => (chunk.role === role && chunk.direction === direction ? 'swallow' : 'pass')
}
