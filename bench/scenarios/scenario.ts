// What a scenario is given and gives back, and how runs are interleaved: A B C A B C, so that a machine that becomes
// slower is slower for all.
import type { Case, Column, Figures, Row } from '../results.ts'

export interface Plan {
  /** Small sizes and short spans, for a first look. */
  readonly quick: boolean
  /** How often everything is measured; medians are shown. */
  readonly runs: number
  /** Also what takes gigabytes and minutes. */
  readonly huge: boolean
  /** Told what is going on, a line at a time. */
  say(line: string): void
}

export interface Scenario {
  readonly name: string
  readonly title: string
  readonly method: string
  readonly columns: readonly Column[]
  readonly ratioOf: string
  measure(plan: Plan): Promise<{ readonly cases: readonly Case[]; readonly missing: readonly string[] }>
}

/** What is measured as one row. */
export interface Contestant {
  readonly name: string
  readonly label: string
  /** One run: the figures of each case, by the case's id. A case that it doesn't take part in is left out. */
  run(): Promise<Readonly<Record<string, Figures>>>
}

/** Measures all contestants `plan.runs` times, one after the other. */
export async function interleave(
  plan: Plan,
  contestants: readonly Contestant[],
  cases: readonly { readonly id: string; readonly label: string }[],
): Promise<Case[]> {
  const runs = contestants.map(() => new Map<string, Figures[]>())
  for (let run = 1; run <= plan.runs; run++) {
    for (const [index, contestant] of contestants.entries()) {
      plan.say(`run ${run} of ${plan.runs}: ${contestant.label}`)
      for (const [id, figures] of Object.entries(await contestant.run())) {
        const soFar = runs[index]?.get(id) ?? []
        soFar.push(figures)
        runs[index]?.set(id, soFar)
      }
    }
  }
  return cases.map(({ id, label }) => ({
    id,
    label,
    rows: contestants.flatMap(({ name, label }, index): Row[] => {
      const figures = runs[index]?.get(id)
      return figures === undefined ? [] : [{ name, label, runs: figures }]
    }),
  }))
}
