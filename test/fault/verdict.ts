// What every fault run is judged by beside the oracle: where a session is, how sockets ended, what the server logged.
import { epochOf, type LedgerSession } from './ledger.ts'

/** Lost, let go, told to come back later; 4499 is what graphql-ws says of sockets that it dropped itself. */
export const EXPECTED_CODES: ReadonlySet<number> = new Set([1000, 1005, 1006, 1012, 1013, 4499])

/** In the same history, at or past it. */
export function isAt({ cursor }: Pick<LedgerSession, 'cursor'>, place: string): boolean {
  return epochOf(cursor) === epochOf(place) && cursor >= place
}

/** Lines of a log that tell of what nobody foresaw. */
export function defectsOf(output: string): string[] {
  const lines = output
    .split('\n')
    .filter(line => /unexpected error|must not throw|fails the probe|UnhandledPromise|uncaught/i.test(line))
  return [...new Set(lines.map(line => line.replace(/"(time|reference|pid)":[^,}]*,?/g, '').slice(0, 600)))].slice(
    0,
    20,
  )
}
