// One sender at the pace of a lively room: what latency people see, and what it costs when nothing can be batched.
import { FAN_OUT_COLUMNS, FAN_OUT_METHOD, measureFanOut } from './measure-fan-out.ts'
import type { Scenario } from './scenario.ts'

const PER_SECOND = 50

export const paced: Scenario = {
  name: 'paced',
  title: 'Paced fan-out',
  method: `${PER_SECOND} messages a second, evenly. ${FAN_OUT_METHOD}`,
  columns: FAN_OUT_COLUMNS,
  ratioOf: 'cpuPerDelivery',
  measure(plan) {
    const span = plan.quick ? { warmUpMs: 500, measureMs: 1_000 } : { warmUpMs: 1_000, measureMs: 5_000 }
    return measureFanOut(
      plan,
      plan.quick ? ['recado', 'raw-ws', 'socket-io'] : ['recado', 'yoga', 'raw-ws', 'socket-io', 'nats'],
      [1_000],
      [{ id: String(PER_SECOND), label: `${PER_SECOND} messages/s`, apply: load => load.pace(PER_SECOND, span) }],
    )
  },
}
