// What an audit is: one sentence of docs/PROTOCOL.md that can be seen over the wire, and the function that looks. In: a
// bench (bench.ts) with the server under it. Out: nothing, when the sentence holds; otherwise Failed or Skipped.
import type { Bench } from './bench.ts'

export type Level = 'MUST' | 'SHOULD'

export interface Audit {
  /** Of the clause, with a letter where a clause has several. It never changes its meaning. */
  readonly id: string
  readonly level: Level
  /** Begins with its level, as in RFC 2119. */
  readonly sentence: string
  /** It mostly waits, for seconds: it runs beside all others. */
  readonly slow?: boolean
  /** It uses up what all share: it runs when no other does. */
  readonly alone?: boolean
  /**
   * Looks. Whatever it opens goes through the bench, which closes it.
   * @throws Failed (the reason is what was expected and what came), Skipped; anything else counts as failed too
   */
  run(bench: Bench): Promise<void>
}

export type Status = 'ok' | 'failed' | 'skipped'

export interface AuditResult {
  readonly id: string
  readonly level: Level
  readonly sentence: string
  readonly status: Status
  /** What was expected and what came, or why it was not looked at; empty when it is ok. */
  readonly reason: string
}

/** The sentence does not hold; the message says what was expected and what came. */
export class Failed extends Error {
  override readonly name = 'Failed'
}

/** It can't be seen on this server; the message says why. */
export class Skipped extends Error {
  override readonly name = 'Skipped'
}

type Options = Pick<Audit, 'slow' | 'alone'>

/** @param sentence what follows the word MUST */
export function must(id: string, sentence: string, run: Audit['run'], options: Options = {}): Audit {
  return { id, level: 'MUST', sentence: `MUST ${sentence}`, run, ...options }
}

/** @param sentence what follows the word SHOULD */
export function should(id: string, sentence: string, run: Audit['run'], options: Options = {}): Audit {
  return { id, level: 'SHOULD', sentence: `SHOULD ${sentence}`, run, ...options }
}

/** The clause that an audit is of: `ENTER-3` of `ENTER-3b`, `HTTP-5` of `HTTP-5/22EB`. */
export function clauseOf(id: string): string {
  return /^[A-Z]+-\d+/.exec(id)?.[0] ?? id
}
