// What every row of the fault table is: a fault, what must hold, and a run with a seed that is judged at its end.
import type { Violation } from '../../setup/oracle.ts'

export interface RowOptions {
  /** Says what happens when, and who writes to whom. */
  readonly seed: number
  /** 1: the whole thing. The suite runs a fraction of it. */
  readonly scale: number
  onProgress?(what: string): void
}

export interface Outcome {
  readonly acknowledged: number
  /** Messages, over all sessions. */
  readonly applied: number
  readonly sessions: number
  /** By what the row calls them; times in milliseconds. */
  readonly figures: Readonly<Record<string, number>>
  /** What the oracle says, A to F. */
  readonly violations: readonly Violation[]
  /** What else the row promises, and was not so. */
  readonly defects: readonly string[]
  /** Why this machine can't make the fault: then nothing was judged. */
  readonly impossible?: string
}

export interface Row {
  readonly name: string
  /** As the fault table has it. */
  readonly fault: string
  /** What must hold beside the oracle's A to F. */
  readonly also: string
  run(options: RowOptions): Promise<Outcome>
}

export function impossible(why: string): Outcome {
  return { acknowledged: 0, applied: 0, sessions: 0, figures: {}, violations: [], defects: [], impossible: why }
}

/** A number of times in proportion, at least `least`. */
export function times(scale: number, count: number, least = 1): number {
  return Math.max(least, Math.round(scale * count))
}
