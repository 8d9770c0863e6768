// Somebody unrelated on a socket of their own, subscribed before anything bad happens: whatever was done to the server,
// they receive what is public, in order and once, and never anything private.
import { createClient } from 'graphql-ws'
import { type Data, enter, send } from '../setup/request.ts'
import { EVENTS } from '../setup/stock.ts'
import { until } from '../setup/until.ts'
import type { Target } from './target.ts'

export interface Bystander {
  /**
   * Sends a public message and waits for it. Rejects unless the process lives and the old subscription has delivered it
   * in order, once, and nothing private before it.
   */
  isUnharmed(): Promise<void>
  dispose(): Promise<void>
}

export interface BystanderOptions {
  /** Nobody else sends anything public: whatever comes is a fault. Default: others may. */
  readonly alone?: boolean
}

export async function callBystander(target: Target, { alone = false }: BystanderOptions = {}): Promise<Bystander> {
  const { token } = await enter(target.graphql, 'bystander')
  const faults: string[] = []
  let asked = 0
  let received = 0
  let last = ''
  let isLive = false
  let connections = 0
  const client = createClient({
    url: target.socket,
    connectionParams: { authorization: `Bearer ${token}` },
    retryAttempts: 0,
    on: { connected: () => connections++ },
  })
  const stop = client.subscribe(
    { query: EVENTS },
    {
      next({ data, errors }) {
        if (errors) faults.push(JSON.stringify(errors))
        const event = (data as Data)?.onEvent
        if (!event) return
        if (event.cursor <= last) faults.push(`${event.cursor} after ${last}`)
        last = event.cursor
        if (event.__typename === 'CaughtUp') isLive = true
        if (event.__typename !== 'MessageAdded') return
        const { text, from, to } = event.message
        if (to !== null) faults.push(`a private message: ${JSON.stringify(text)}`)
        if (from.username !== 'bystander') {
          if (alone) faults.push(`nobody sent this to everyone: ${JSON.stringify(text)}`)
        } else if (text === `still here ${received + 1}`) received++
        else faults.push(`${JSON.stringify(text)} after ${received}`)
      },
      error: failure => void faults.push(`the subscription has failed: ${String(failure)}`),
      complete() {},
    },
  )
  await until('the bystander is live', () => isLive || faults.length > 0)

  return {
    async isUnharmed() {
      const ended = target.ended()
      if (ended !== null) throw new Error(`The server has ${ended}`)
      await send(target.graphql, token, { text: `still here ${++asked}`, plain: true })
      await until(`the bystander receives message ${asked}`, () => received >= asked || faults.length > 0)
      if (faults.length > 0) throw new Error(`The bystander was harmed: ${faults.splice(0).join('; ')}`)
      if (connections !== 1) throw new Error(`The bystander had to connect ${connections} times`)
    },
    async dispose() {
      stop()
      await Promise.resolve(client.dispose()).catch(() => {})
    },
  }
}
