// Notices lost, doubled and out of order, at every node at once. While that goes on, what is sent must arrive, from the
// log: everything is waited for before the fault ends.
import { pick } from '../../setup/random.ts'
import type { Push } from '../../setup/resp.ts'
import { until } from '../../setup/until.ts'
import { isAt, pause, type World } from '../nodes.ts'
import { inWorld, type Scenario, times } from './scenario.ts'

type Relay = (push: Push, deliver: () => void) => void

export const notices: Scenario = {
  name: 'notices',
  about: 'pub/sub notices dropped (all, private ones, at random), doubled, reordered; subscribers killed',
  run: options =>
    inWorld({ ...options, scenario: 'notices', nodes: 3, people: 6, devices: 3, libraries: 3 }, async world => {
      const { random, redis } = world
      const length = times(options.scale, 8_000, 1_000)
      await eachHearsItsOwn(world)
      world.load({ lanes: 6, private: 0.4 })
      const isPrivate = ({ payload }: Push): boolean => payload.startsWith('["m"')
      const isLate = (): number => random() * 25
      const phases: [name: string, relay: Relay][] = [
        ['none', (_, deliver) => deliver()],
        ['all dropped', () => {}],
        ['private dropped', (push, deliver) => (isPrivate(push) ? undefined : deliver())],
        ['stubs dropped', (push, deliver) => (push.payload.startsWith('["s"') ? undefined : deliver())],
        ['a third dropped', (_, deliver) => (random() < 0.33 ? undefined : deliver())],
        [
          'all doubled',
          (_, deliver) => {
            deliver()
            deliver()
          },
        ],
        ['reordered', (_, deliver) => void setTimeout(deliver, isLate())],
        [
          'doubled, reordered and dropped',
          (_, deliver) => {
            for (let n = Math.floor(random() * 3); n > 0; n--) setTimeout(deliver, isLate())
          },
        ],
      ]
      for (const [name, relay] of phases) {
        for (const proxy of world.proxies) proxy.relay = relay
        world.ledger.takeSlowest()
        await pause(length)
        await reachAll(world)
        world.atLeast(`slowestDelivery, ${name}`, world.ledger.takeSlowest())
        world.say(name)
      }
      for (const proxy of world.proxies) proxy.heal()
      for (let kills = times(options.scale, 10, 3); kills > 0; kills--) {
        await pause(random() * 300)
        await redis.client.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
      }
      await reachAll(world)
      world.atLeast('slowestDelivery, subscribers killed', world.ledger.takeSlowest())
    }),
}

/** Where nothing fails, a private message comes on the channels of its two accounts, and of no others. */
async function eachHearsItsOwn({ people, sender, wire, ledger, random, places }: World): Promise<void> {
  const seen = wire.watch()
  const sent = new Map<string, number>()
  for (let n = 0; n < 20; n++) {
    const [from, to] = [pick(people, random), pick(people, random)]
    const { text } = await sender.beacon(from, to.username, Math.floor(random() * places.length))
    sent.set(text, from === to ? 1 : 2)
  }
  const came = (): boolean => [...sent].every(([text, channels]) => seen.channels.get(text)?.size === channels)
  await until('private notices have come', came, 5_000).catch(() => {
    ledger.violate('F', 'the wire', 'private notices do not come on the channels of their two accounts')
  })
  seen.stop()
}

/** Public and private ones, by way of every node; resolves once everybody has theirs. */
async function reachAll(world: World): Promise<void> {
  const { sender, people, places, ledger, random } = world
  const sent = await Promise.all(
    people.map(async (to, n) => {
      const { cursor } = await sender.beacon(pick(people, random), to.username, n % places.length)
      return { account: to.username, cursor }
    }),
  )
  await until(
    'everybody has the private beacons',
    () =>
      sent.every(({ account, cursor }) =>
        ledger.sessions.every(session => session.account !== account || isAt(session, cursor)),
      ),
    30_000,
  )
  await world.reachEverybody(30_000)
}
