// One sender, as fast as its window lets it, to many subscribers.
import { FAN_OUT_COLUMNS, FAN_OUT_METHOD, measureFanOut, WINDOW_METHOD } from './measure-fan-out.ts'
import type { Scenario } from './scenario.ts'

/** What Yoga needs for one message at a time is seconds for a hundred: left out of a quick look, and of the largest room. */
const SLOW = 'yoga'
const LARGEST = 5_000

export const fanOut: Scenario = {
  name: 'fan-out',
  title: 'Saturated fan-out',
  method: `${WINDOW_METHOD} ${FAN_OUT_METHOD}`,
  columns: FAN_OUT_COLUMNS,
  ratioOf: 'cpuPerDelivery',
  measure(plan) {
    const sizes = plan.quick ? [1_000] : [100, 1_000, LARGEST]
    const span = plan.quick ? { warmUpMs: 300, measureMs: 700 } : { warmUpMs: 1_000, measureMs: 3_000 }
    return measureFanOut(
      plan,
      ['recado', 'yoga', 'raw-ws', 'socket-io', 'nats'],
      sizes,
      [20, 100].map(window => ({
        id: String(window),
        label: `window ${window}`,
        apply: (load, peer) =>
          window > 20 && peer.name === SLOW && (plan.quick || load.subscribers === LARGEST)
            ? null
            : load.saturate(window, span),
      })),
    )
  },
}
