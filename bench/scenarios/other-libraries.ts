// The smaller table: two older WebSocket libraries with the loop of raw ws.
import { FAN_OUT_COLUMNS, FAN_OUT_METHOD, measureFanOut, WINDOW_METHOD } from './measure-fan-out.ts'
import type { Scenario } from './scenario.ts'

export const otherLibraries: Scenario = {
  name: 'other-libraries',
  title: 'Other WebSocket libraries',
  method: `${WINDOW_METHOD} ${FAN_OUT_METHOD}`,
  columns: FAN_OUT_COLUMNS,
  ratioOf: 'cpuPerDelivery',
  measure(plan) {
    const span = plan.quick ? { warmUpMs: 300, measureMs: 700 } : { warmUpMs: 1_000, measureMs: 3_000 }
    return measureFanOut(
      plan,
      ['recado', 'raw-ws', 'faye-websocket', 'sockjs'],
      [plan.quick ? 200 : 1_000],
      [{ id: '20', label: 'window 20', apply: load => load.saturate(20, span) }],
    )
  },
}
