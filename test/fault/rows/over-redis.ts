// The rows that need several nodes over one Redis: each is a scenario of test/fault/scenarios.
import { drain } from '../scenarios/drain.ts'
import { failover } from '../scenarios/failover.ts'
import { hopping } from '../scenarios/hopping.ts'
import { nodeKills } from '../scenarios/node-kills.ts'
import { notices } from '../scenarios/notices.ts'
import { races } from '../scenarios/races.ts'
import { redisCuts } from '../scenarios/redis-cuts.ts'
import { redisRestarts } from '../scenarios/redis-restarts.ts'
import type { Scenario } from '../scenarios/scenario.ts'
import type { Row } from './row.ts'

function row(scenario: Scenario, fault: string, also: string): Row {
  return { name: scenario.name === 'drain' ? 'drain-nodes' : scenario.name, fault, also, run: scenario.run }
}

export const OVER_REDIS: readonly Row[] = [
  row(
    redisRestarts,
    'Redis killed and restarted on its file (AOF always), some times and once for 10 s',
    'everybody is live again, and nobody is told of a reset',
  ),
  row(
    redisCuts,
    'the way to Redis cut before and after an append and in the middle, swallowed and slowed in each direction',
    'recovers; memory is bounded',
  ),
  row(failover, 'Redis failed over to a lagging replica', 'a new epoch, and `HISTORY_RESET` to all'),
  row(
    notices,
    'notices dropped (all, private, stubs, at random), doubled, reordered; subscribers killed',
    'delivered from the log while that goes on; private notices on the channels of their accounts only',
  ),
  row(races, 'two nodes with one nonce (5,000 times), two nodes claim one name (1,000 times)', 'one row; one winner'),
  row(nodeKills, 'kill -9 of nodes under load', 'their clients go on at others'),
  row(hopping, '300 clients hop between three nodes while 20,000 messages pass', 'once, in one order'),
  row(drain, 'SIGTERM of nodes under load, one after another', 'in-flight sends answered; 1012; exit 0'),
]
