// A little of each fuzzer; `npm run fuzz -- --minutes 10` is more of it. A failure says its seed.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FUZZERS } from './all.ts'
import { type Fuzzing, startFuzzing } from './fuzzer.ts'

/** Inputs of each fuzzer, and the time after which there are no more; so many at least, however busy the machine is. */
const RUNS = 60
const MS = 2_000
const FEWEST = 5

let fuzzing: Fuzzing & { close(): Promise<void> }

beforeAll(async () => {
  fuzzing = await startFuzzing()
})

afterAll(() => fuzzing?.close())

describe('COMMAND-1 CURSOR-6 ENTER-4 ERROR-3 SOCK-4 SOCK-5 random input is answered by what the protocol has for it', () => {
  for (const { name, about, run } of FUZZERS) {
    test(`${name}: ${about}`, async () => {
      const seed = Math.trunc(Math.random() * 2 ** 31)
      expect(await run(fuzzing, { seed, runs: RUNS, fewest: FEWEST, ms: MS })).toBeGreaterThanOrEqual(FEWEST)
    })
  }
})
