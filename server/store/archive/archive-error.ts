// Why an archive can't be read: a code for programs, and a sentence. Nothing of it is kept then.

/**
 * - `NOT_AN_ARCHIVE`: the first line is not that of an archive.
 * - `TOO_NEW`: a newer version of Recado wrote it.
 * - `TRUNCATED`: it ends before its last line.
 * - `DAMAGED`: a line is not what was written, or the checksum says so.
 */
export type ArchiveErrorCode = 'NOT_AN_ARCHIVE' | 'TOO_NEW' | 'TRUNCATED' | 'DAMAGED'

export class ArchiveError extends Error {
  readonly code: ArchiveErrorCode
  /** Counted from 1; null: the whole. */
  readonly line: number | null

  constructor(code: ArchiveErrorCode, detail: string, line: number | null = null) {
    super(line === null ? detail : `line ${line}: ${detail}`)
    this.name = 'ArchiveError'
    this.code = code
    this.line = line
  }
}
