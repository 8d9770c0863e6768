// Redis killed with SIGKILL under load and started again on its append-only file (`appendfsync always`).
import { pick } from '../../setup/random.ts'
import { until } from '../../setup/until.ts'
import { pause, type World } from '../nodes.ts'
import { inWorld, type Scenario, times } from './scenario.ts'

/** How long it is away the last time. */
const LONG_MS = 10_000

export const redisRestarts: Scenario = {
  name: 'redis-restarts',
  about: 'Redis killed and restarted on the same file, several times under load and once for 10 s',
  run: options =>
    inWorld({ ...options, scenario: 'redis-restarts', nodes: 2, people: 6, devices: 2, libraries: 3 }, async world => {
      world.load({ lanes: 8 })
      for (let kills = times(options.scale, 20); kills > 0; kills--) {
        await pause(200 + world.random() * 600)
        await outage(world, world.random() * 400, 'slowestRecoveryMs')
        world.say(`${kills} to go`)
      }
      await pause(300)
      await outage(world, Math.max(2_500, LONG_MS * Math.min(1, options.scale)), 'recoveryAfterLongMs')
    }),
}

async function outage(world: World, ms: number, figure: string): Promise<void> {
  const { redis, stock, libraries, ledger, places, random } = world
  await redis.kill()
  // Some come back in the middle of it.
  for (const device of stock) if (random() < 0.3) device.hop(Math.floor(random() * places.length))
  if (random() < 0.5) pick(libraries, random).hop(Math.floor(random() * places.length))
  await pause(ms)
  const waiting = libraries.flatMap(({ recado }) => recado.outbox.entries.map(({ nonce }) => ({ recado, nonce })))
  await redis.start()
  const back = performance.now()
  const since = (): number => performance.now() - back
  const outboxes = until(
    'what waited in the outboxes is sent',
    () => waiting.every(({ recado, nonce }) => recado.outbox.entries.every(entry => entry.nonce !== nonce)),
    60_000,
  ).then(
    () => world.atLeast(`${figure} of outboxes`, since()),
    error => ledger.violate('A', 'the outboxes', String(error)),
  )
  const everyLive = until(
    'everybody is live',
    () => [...stock, ...libraries].every(({ isLive }) => isLive),
    60_000,
  ).then(
    () => world.atLeast(`${figure} of feeds`, since()),
    error => ledger.violate('A', 'the feeds', String(error)),
  )
  await world.reachEverybody()
  world.atLeast(figure, since())
  await Promise.all([outboxes, everyLive])
}
