// A map that keeps one entry by itself is a Map, whatever is done with it and in whatever order.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Few } from '../../server/transport/few.ts'

const key = fc.constantFrom('a', 'b', 'c', '__proto__')
const step = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), key, value: fc.integer() }),
  fc.record({ kind: fc.constant('delete' as const), key, value: fc.constant(0) }),
)

test('few entries are kept as a Map keeps them', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), steps => {
      const few = new Few<string, number>()
      const map = new Map<string, number>()
      for (const { kind, key, value } of steps) {
        if (kind === 'set') {
          few.set(key, value)
          map.set(key, value)
        } else {
          few.delete(key)
          map.delete(key)
        }
        for (const each of ['a', 'b', 'c', '__proto__', 'd']) {
          expect(few.get(each)).toBe(map.get(each))
          expect(few.has(each)).toBe(map.has(each))
        }
        const inOrder = (values: Iterable<number>): number[] => [...values].sort((a, b) => a - b)
        expect(inOrder(few.values())).toEqual(inOrder(map.values()))
      }
    }),
    { numRuns: 300 },
  )
})

test('what is set or deleted while its values are walked does not disturb the walk', () => {
  const few = new Few<string, () => void>()
  const called: string[] = []
  for (const name of ['a', 'b', 'c']) {
    few.set(name, () => {
      called.push(name)
      few.delete(name)
      few.set(`${name} again`, () => {})
    })
  }
  for (const call of few.values()) call()
  expect(called.sort()).toEqual(['a', 'b', 'c'])
  expect(few.values()).toHaveLength(3)
})
