// Tells what an error thrown by node:sqlite means: the storage failed, or only this statement was wrong.

/** Primary result codes, https://www.sqlite.org/rescode.html */
export const SQLITE = { BUSY: 5, CORRUPT: 11, NOTADB: 26 } as const

/** Codes of a wrong statement or value: ERROR, TOOBIG, CONSTRAINT, MISMATCH, MISUSE, RANGE. */
const STATEMENT_CODES: ReadonlySet<number> = new Set([1, 18, 19, 20, 21, 25])

/** The primary result code, or null when SQLite did not throw this. */
export function sqliteCode(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return null
  return error.errcode & 0xff
}

/** Whether the file, the disk or the connection failed, so that nothing of the transaction may be trusted. */
export function isStorageFailure(error: unknown): boolean {
  const code = sqliteCode(error)
  return code !== null && !STATEMENT_CODES.has(code)
}

export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
