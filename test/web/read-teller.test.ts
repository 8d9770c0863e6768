// What the page tells of what was read, where the server does not take it: again, once, or not at all.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createReadTeller } from '../../client/web/engine/read-teller.ts'
import type { Asker } from '../../client/web/model/asker.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const LONG_MS = 10 * 60_000

function teller(codes: readonly (string | Promise<string>)[]) {
  const asked: unknown[] = []
  const client: Asker = {
    async ask(_document, variables) {
      const code = await codes[asked.push(variables) - 1]
      return { error: { code: code ?? 'UNKNOWN_RECIPIENT' } }
    },
  }
  return { asked, teller: createReadTeller(client, () => 'cursor') }
}

describe('what was read', () => {
  test('is told again where it may be taken later, and once where it never will be', async () => {
    const { asked, teller: one } = teller(['NETWORK', 'STORAGE_UNAVAILABLE'])
    one.add('with:ana')
    await vi.advanceTimersByTimeAsync(LONG_MS)
    expect(asked).toHaveLength(3)
  })

  test('of what is forgotten is not told again by an answer that comes late', async () => {
    const late = Promise.withResolvers<string>()
    const { asked, teller: one } = teller([late.promise])
    one.add('with:ana')
    one.add('with:rui')
    await vi.advanceTimersByTimeAsync(1_000)
    expect(asked).toHaveLength(1)
    one.forget()
    late.resolve('NETWORK')
    await vi.advanceTimersByTimeAsync(LONG_MS)
    expect(asked).toHaveLength(1)
  })
})
