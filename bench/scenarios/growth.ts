// What a delivery costs as the room grows: Recado alone, against itself.
import { FAN_OUT_COLUMNS, FAN_OUT_METHOD, measureFanOut, WINDOW_METHOD } from './measure-fan-out.ts'
import type { Scenario } from './scenario.ts'

export const growth: Scenario = {
  name: 'growth',
  title: 'Growth of the room',
  method: `${WINDOW_METHOD} The window is 20. ${FAN_OUT_METHOD}`,
  columns: FAN_OUT_COLUMNS,
  ratioOf: 'cpuPerDelivery',
  measure(plan) {
    const span = plan.quick ? { warmUpMs: 300, measureMs: 700 } : { warmUpMs: 1_000, measureMs: 3_000 }
    return measureFanOut(plan, ['recado'], plan.quick ? [10, 100, 1_000] : [10, 100, 1_000, 10_000], [
      { id: '20', label: 'window 20', apply: load => load.saturate(20, span) },
    ])
  },
}
