// Every scenario of several nodes.
import { drain } from './drain.ts'
import { failover } from './failover.ts'
import { hopping } from './hopping.ts'
import { nodeKills } from './node-kills.ts'
import { notices } from './notices.ts'
import { races } from './races.ts'
import { redisCuts } from './redis-cuts.ts'
import { redisRestarts } from './redis-restarts.ts'
import type { Scenario } from './scenario.ts'

export const SCENARIOS: readonly Scenario[] = [
  redisRestarts,
  redisCuts,
  notices,
  nodeKills,
  races,
  failover,
  hopping,
  drain,
]
