// What comes over a bus that others can write to: whatever it is, it is a notice or it is nothing, and it never throws.
import fc from 'fast-check'
import { parseNotice } from '../../../server/domain/notice.ts'
import { fuzzer } from './fuzzer.ts'

const part = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom('m', 's', 'e', 'd', 't', 'r', 'p', 'x', '', '__proto__', 0, -1, 1e300, 2 ** 53, Number.NaN, null),
  fc.maxSafeNat(),
)
const payload = fc.oneof(
  { weight: 4, arbitrary: fc.array(part, { maxLength: 12 }) },
  { weight: 2, arbitrary: fc.array(part, { maxLength: 12 }).map(each => JSON.stringify(each)) },
  { weight: 1, arbitrary: fc.jsonValue() },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
)

export const NOTICES = fuzzer(
  'notices',
  'payloads of a bus',
  fc.array(payload, { minLength: 10, maxLength: 30 }),
  async (_, payloads) => {
    for (const each of payloads) {
      const notice = parseNotice(each)
      if (notice !== null && typeof notice.kind !== 'string') throw new Error(`no notice: ${JSON.stringify(notice)}`)
    }
  },
)
