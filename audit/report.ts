// What came of a run, for people and for programs.
import type { AuditResult, Status } from './audit.ts'

export interface ReportWords {
  readonly status: Readonly<Record<Status, string>>
  /** The last line. */
  readonly summary: (counts: Readonly<Record<Status, number>>, mustFailed: number) => string
}

/** One row for each result; under one that failed or was skipped, why. The last line counts them. */
export function describeResults(results: readonly AuditResult[], words: ReportWords): string {
  const width = (of: (result: AuditResult) => string): number => Math.max(0, ...results.map(each => of(each).length))
  const [idWidth, statusWidth] = [width(({ id }) => id), width(({ status }) => words.status[status])]
  const rows = results.flatMap(({ id, level, sentence, status, reason }) => {
    const row = `${words.status[status].padEnd(statusWidth)}  ${id.padEnd(idWidth)}  ${level.padEnd(6)}  ${rest(sentence)}`
    return reason === '' ? [row] : [row, `${' '.repeat(statusWidth + 2)}${reason}`]
  })
  return [...rows, '', words.summary(countOf(results), mustFailed(results))].join('\n')
}

/** The sentence without its first word, which is the level. */
function rest(sentence: string): string {
  return sentence.replace(/^(MUST|SHOULD) /, '')
}

export function countOf(results: readonly AuditResult[]): Record<Status, number> {
  const counts: Record<Status, number> = { ok: 0, failed: 0, skipped: 0 }
  for (const { status } of results) counts[status]++
  return counts
}

/** How many that MUST hold do not: what decides whether a server conforms. */
export function mustFailed(results: readonly AuditResult[]): number {
  return results.filter(({ level, status }) => level === 'MUST' && status === 'failed').length
}

/** An array of `{ id, level, sentence, status, reason }`. */
export function toJson(results: readonly AuditResult[]): string {
  return JSON.stringify(results, null, 2)
}
