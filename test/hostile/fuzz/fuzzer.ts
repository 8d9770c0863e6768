// What every fuzzer is given, and what it answers: random inputs by a seed, each followed by a look at the bystander. A
// failure is fast-check's: the smallest input that it found, the seed and the path to it.
import fc from 'fast-check'
import { type Entered, enter, send } from '../../setup/request.ts'
import { within } from '../../setup/until.ts'
import { type Bystander, callBystander } from '../bystander.ts'
import { startTarget, type Target, type TargetOptions } from '../target.ts'

export interface Fuzzing {
  readonly target: Target
  readonly bystander: Bystander
  readonly mallory: Entered
  readonly joao: Entered
  /** Cursors that mallory was given: of public and of private messages. */
  readonly cursors: readonly string[]
  /** A cursor of a message between others. */
  readonly foreignCursor: string
}

export interface Budget {
  readonly seed: number
  /** Inputs at most. */
  readonly runs: number
  /** Inputs that are tried whatever the time. Default: 0. */
  readonly fewest?: number
  /** Milliseconds after which no further input is tried, and none smaller of one that fails. */
  readonly ms: number
}

/** Milliseconds that even a busy machine needs for one input at most: what takes longer hangs. */
const HANGS = 30_000

export interface Fuzzer {
  readonly name: string
  readonly about: string
  /** Answers with how many inputs were tried. Rejects with the smallest one that breaks something. */
  run(fuzzing: Fuzzing, budget: Budget): Promise<number>
}

export async function startFuzzing(options: TargetOptions = {}): Promise<Fuzzing & { close(): Promise<void> }> {
  const target = await startTarget(options)
  const bystander = await callBystander(target)
  const [mallory, joao, maria] = await Promise.all(
    ['mallory', 'João', 'maria'].map(name => enter(target.graphql, name)),
  )
  if (!mallory || !joao || !maria) throw new Error('nobody has entered')
  const cursors: string[] = []
  for (const to of [undefined, 'joao', undefined, 'mallory']) {
    const sent = await send(target.graphql, mallory.token, { text: 'a message', ...(to ? { to } : { plain: true }) })
    cursors.push(sent.cursor)
  }
  const foreign = await send(target.graphql, joao.token, { text: 'between two', to: 'maria' })
  return {
    target,
    bystander,
    mallory,
    joao,
    cursors,
    foreignCursor: foreign.cursor,
    async close() {
      await bystander.dispose()
      await target.close()
    },
  }
}

/** A fuzzer of one property, which rejects when it does not hold. */
export function fuzzer<Input>(
  name: string,
  about: string,
  arbitrary: fc.Arbitrary<Input>,
  holds: (fuzzing: Fuzzing, input: Input) => Promise<void>,
): Fuzzer {
  return {
    name,
    about,
    async run(fuzzing, { seed, runs, ms, fewest = 0 }) {
      const end = performance.now() + ms
      let tried = 0
      // What was begun is waited for: fast-check's own time limit leaves it behind, under the input that comes next.
      const property = fc.asyncProperty(arbitrary, async input => {
        if (tried >= fewest && performance.now() > end) return
        tried++
        await within('an input', holds(fuzzing, input), HANGS)
        await within('a look at the bystander', fuzzing.bystander.isUnharmed(), HANGS)
        const unexpected = fuzzing.target.unexpected()
        if (unexpected.length > 0) throw new Error(`unexpected: ${unexpected.at(-1)}`)
      })
      await fc.assert(property, { seed, numRuns: runs })
      return tried
    },
  }
}

/** Codes that a client may be told of: all but the one that nobody meant. */
export function checkCodes(what: string, codes: readonly unknown[], allowed?: readonly string[]): void {
  for (const code of codes) {
    const isTyped = typeof code === 'string' && code !== 'INTERNAL_SERVER_ERROR' && /^[A-Z_]+$/.test(code)
    if (!isTyped || (allowed && !allowed.includes(code))) throw new Error(`${what}: ${String(code)}`)
  }
}
