// Property: whatever is dropped, whenever, over whatever transport, each client delivers exactly what its account may
// see, once and in the log's order, and everything said is stored once, in the order it was said.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRecado } from '../../client/core/recado.ts'
import { until } from '../setup/until.ts'
import { startFakeServer } from './fake-server.ts'
import { record, texts } from './harness.ts'

const step = fc.oneof(
  { weight: 5, arbitrary: fc.constant('publish' as const) },
  { weight: 3, arbitrary: fc.constant('private' as const) },
  { weight: 4, arbitrary: fc.constant('say' as const) },
  { weight: 2, arbitrary: fc.constant('drop' as const) },
  { weight: 1, arbitrary: fc.constant('server closes' as const) },
  { weight: 1, arbitrary: fc.constant('answer lost' as const) },
  { weight: 1, arbitrary: fc.constant('replay repeats' as const) },
  { weight: 1, arbitrary: fc.constant('storage fails' as const) },
  { weight: 3, arbitrary: fc.constant('pause' as const) },
)

test('no drop loses, doubles or reorders anything', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 5, maxLength: 60 }),
      fc.constantFrom('websocket' as const, 'sse' as const),
      async (steps, transport) => {
        await using server = await startFakeServer()
        server.publish('maria', 'before all')
        await using recado = createRecado({
          url: server.url,
          token: 'joao',
          transport,
          minBackoffMs: 1,
          maxBackoffMs: 5,
        })
        const seen = record(recado, server.messages[0]?.cursor)
        const said: Promise<unknown>[] = []
        for (const [i, what] of steps.entries()) {
          if (what === 'publish') server.publish('maria', `public ${i}`)
          else if (what === 'private') server.publish('maria', `private ${i}`, i % 2 === 0 ? 'joao' : 'ana')
          else if (what === 'say') said.push(recado.sendPublic(`said ${i}`))
          else if (what === 'drop') recado.drop()
          else if (what === 'server closes') server.closeSockets(1012)
          else if (what === 'answer lost') server.faults.sends.push(null)
          else if (what === 'replay repeats') server.faults.overlap = 3
          else if (what === 'storage fails') server.faults.feeds.push('STORAGE_UNAVAILABLE')
          else await new Promise(resolve => setTimeout(resolve, i % 7))
        }
        await Promise.all(said)
        const visible = server.messages.slice(1).filter(({ to }) => to?.username !== 'ana')
        const expected = visible.map(({ text }) => text)
        await until('everything', () => texts(seen).length >= expected.length)
        await until('live', () => recado.state === 'live')
        expect(texts(seen)).toEqual(expected)
        const order = server.messages.map(({ text }) => text).filter(text => text.startsWith('said'))
        expect(order).toEqual(steps.flatMap((what, i) => (what === 'say' ? [`said ${i}`] : [])))
      },
    ),
    { numRuns: 60 },
  )
})
