// A replica that lags is promoted: what it does not have is gone, so it is another history, and everybody is told.
import { startRedis } from '../../setup/redis.ts'
import { startTcpProxy } from '../../setup/tcp-proxy.ts'
import { until } from '../../setup/until.ts'
import { epochOf } from '../ledger.ts'
import { pause } from '../nodes.ts'
import { inWorld, type Scenario } from './scenario.ts'

export const failover: Scenario = {
  name: 'failover',
  about: 'a lagging replica is promoted under load; everybody is told of the reset',
  run: options =>
    inWorld({ ...options, scenario: 'failover', nodes: 3, people: 6, devices: 3, libraries: 3 }, async world => {
      const { redis, target, proxies, ledger, figures, stock, libraries, tally } = world
      const link = await startTcpProxy(redis)
      world.atLast(() => link.close())
      const replica = await startRedis({ config: { appendfsync: 'always' }, replicaOf: link })
      world.atLast(() => replica.dispose())
      const load = world.load({ lanes: 6 })
      await until('the replica follows', async () =>
        /^master_link_status:up/m.test(await replica.client.info('replication')),
      )
      await pause(Math.min(4_000, 8_000 * options.scale + 400))
      // From here on it hears nothing, and the connection looks as if there were nothing to hear.
      link.judge = () => 'swallow'
      const before = ledger.counts.acknowledged
      await until('some are acknowledged that it has not', () => ledger.counts.acknowledged > before + 30, 30_000)
      figures.lost = ledger.counts.acknowledged - before
      const epoch = epochOf(ledger.sessions[0]?.cursor ?? '')
      world.say('the primary is killed')
      await redis.kill()
      target.port = replica.port
      for (const proxy of proxies) proxy.cut()
      // For a moment it is a replica still.
      await pause(world.random() * 300)
      await replica.client.call('REPLICAOF', 'NO', 'ONE')
      const promoted = performance.now()
      const all = [...stock, ...libraries]
      await until(
        'everybody was told',
        () => all.every(({ session }) => epochOf(session.cursor) !== epoch),
        30_000,
      ).catch(() => {
        for (const { name, session } of all) {
          if (epochOf(session.cursor) === epoch) ledger.violate('A', name, 'was not told that its history is gone')
        }
      })
      world.atLeast('slowestToBeToldMs', performance.now() - promoted)
      if (tally.resets < all.length)
        ledger.violate('A', 'the world', `${tally.resets} resets for ${all.length} sessions`)
      world.say('everybody was told')
      await pause(1_000)
      await world.reachEverybody()
      world.atLeast('slowestRecoveryMs', performance.now() - promoted)
      world.say('everybody is reached')
      load.stop()
      await load.done
      // What was said of the new history must be in it, in Redis itself.
      const [meta] = (await replica.client.hmget('{main}:meta', 'epoch')) as [string]
      const others = ledger.sessions.filter(({ cursor }) => epochOf(cursor) !== meta)
      if (others.length > 0)
        ledger.violate('C', 'the world', `${others.length} sessions are not of the history ${meta}`)
      await world.rest()
    }),
}
