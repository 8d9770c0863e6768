// Somebody unrelated, who is there while others misbehave: whatever was done to the server, it still answers and the
// witness still receives.
import { enter, send } from './request.ts'
import type { TestServer } from './server.ts'
import { EVENTS, live, stockClient, textsOf } from './stock.ts'
import { until } from './until.ts'

export interface Witness {
  /** Rejects unless the server answers over HTTP and delivers to the witness's own, old subscription. */
  isUnharmed(): Promise<void>
  /** What the witness has seen so far. */
  texts(): string[]
  dispose(): Promise<void>
}

export async function callWitness(server: TestServer): Promise<Witness> {
  const { token } = await enter(server.graphql, 'witness')
  let connections = 0
  const device = stockClient(server.socket, token, { on: { connected: () => connections++ } })
  const running = device.subscribe(EVENTS)
  await live(running)
  let asked = 0
  return {
    async isUnharmed() {
      const text = `still here ${++asked}`
      await send(server.graphql, token, { text, plain: true })
      await until(`the witness receives "${text}"`, () => textsOf(running).includes(text))
      if (connections !== 1) throw new Error(`the witness had to connect ${connections} times`)
    },
    texts: () => textsOf(running),
    async dispose() {
      running.stop()
      await device.dispose()
    },
  }
}
