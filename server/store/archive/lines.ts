// An archive as JSON Lines (docs/moving.md): the header, the rows, and a last line with their number and a checksum, so
// that an archive which was cut short or changed is found out. One row is in memory at a time.
import { createHash } from 'node:crypto'
import { type ArchiveHeader, type ArchiveRow, type Dump, ROW_KINDS, type RowKind } from './archive.ts'
import { ArchiveError } from './archive-error.ts'
import { parseEnd, parseHeader, parseRow } from './parse-line.ts'

/** Version 1 had no replies, edits, deletions and read positions, version 2 no records; they are read as without any. */
export const ARCHIVE_VERSION = 3

/** A text of 16 KiB has at most 96 KiB in JSON. */
const LONGEST_LINE = 1024 * 1024
/** What is put into one piece of output. */
const PIECE_BYTES = 64 * 1024
const LINE_FEED = 0x0a

export type RowCounts = Readonly<Record<RowKind, number>>

export function noRows(): Record<RowKind, number> {
  return { account: 0, session: 0, reading: 0, record: 0, message: 0, revision: 0, nonce: 0 }
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')

function headerLine({ epoch, secret, head, floor, trimmedPublic, isLive, about }: ArchiveHeader): string {
  const first = { recado: 'archive', version: ARCHIVE_VERSION, epoch, secret: base64(secret) }
  return JSON.stringify({ ...first, head, floor, trimmedPublic, live: isLive, about })
}

function rowLine({ kind, ...row }: ArchiveRow): string {
  return JSON.stringify({ [kind]: row }, (_, value: unknown) => (value instanceof Uint8Array ? base64(value) : value))
}

/**
 * The bytes of a dump, in pieces.
 * @param onRows told after each piece: how many rows it has
 * @returns how many rows there were
 */
export async function* writeLines(
  { header, rows }: Pick<Dump, 'header' | 'rows'>,
  onRows: (count: number) => void,
): AsyncGenerator<Uint8Array, RowCounts> {
  const hash = createHash('sha256')
  const counts = noRows()
  let lines = `${headerLine(header)}\n`
  let waiting = 0
  function take(): Uint8Array {
    const piece = Buffer.from(lines)
    hash.update(piece)
    lines = ''
    onRows(waiting)
    waiting = 0
    return piece
  }
  for await (const row of rows) {
    lines += `${rowLine(row)}\n`
    counts[row.kind]++
    waiting++
    if (lines.length >= PIECE_BYTES) yield take()
  }
  yield take()
  const end = { rows: counts, sha256: hash.digest('hex') }
  yield Buffer.from(`${JSON.stringify({ end })}\n`)
  return counts
}

export interface ReadArchive {
  readonly header: ArchiveHeader
  /** Rejects with ArchiveError where a line is wrong, or missing at the end. To be walked once. */
  readonly rows: AsyncIterable<ArchiveRow>
}

/**
 * Reads the header at once, the rows as they are asked for.
 * @throws ArchiveError
 */
export async function readLines(input: AsyncIterable<Uint8Array>): Promise<ReadArchive> {
  const hash = createHash('sha256')
  const lines = splitLines(input)
  const first = await lines.next()
  if (first.done) throw new ArchiveError('NOT_AN_ARCHIVE', 'it is empty', 1)
  const header = parseHeader(first.value, ARCHIVE_VERSION)
  hash.update(first.value).update('\n')

  async function* rows(): AsyncGenerator<ArchiveRow> {
    const counts = noRows()
    let number = 1
    let kind = 0
    let position = header.floor
    for (let next = await lines.next(); !next.done; next = await lines.next()) {
      const line = next.value
      number++
      const end = parseEnd(line, number)
      if (end) {
        const sha256 = hash.digest('hex')
        const isWhole = end.sha256 === sha256 && ROW_KINDS.every(each => (end.rows[each] ?? 0) === counts[each])
        if (!isWhole) throw new ArchiveError('DAMAGED', 'the checksum is that of other lines', number)
        if (!(await lines.next()).done) throw new ArchiveError('DAMAGED', 'something follows the last line', number + 1)
        return
      }
      hash.update(line).update('\n')
      const row = parseRow(line, number, header)
      const rank = ROW_KINDS.indexOf(row.kind)
      if (rank < kind) throw new ArchiveError('DAMAGED', `a row of kind ${row.kind} comes too late`, number)
      if (rank > kind) position = header.floor
      kind = rank
      if (row.kind === 'message' || row.kind === 'revision') {
        if (row.position <= position) throw new ArchiveError('DAMAGED', 'its position does not rise', number)
        position = row.position
      }
      counts[row.kind]++
      yield row
    }
    throw new ArchiveError('TRUNCATED', 'it ends before its last line', number)
  }
  return { header, rows: rows() }
}

/** Lines without their line feeds. What follows the last line feed is no line: it was cut. */
async function* splitLines(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let number = 1
  let kept: Uint8Array[] = []
  let bytes = 0
  for await (const piece of input) {
    let start = 0
    for (let end = piece.indexOf(LINE_FEED); end >= 0; end = piece.indexOf(LINE_FEED, start)) {
      const rest = piece.subarray(start, end)
      start = end + 1
      yield kept.length === 0 ? rest : Buffer.concat([...kept, rest])
      kept = []
      bytes = 0
      number++
    }
    if (start === piece.length) continue
    kept.push(start === 0 ? piece : piece.subarray(start))
    bytes += piece.length - start
    if (bytes > LONGEST_LINE) {
      const code = number === 1 ? 'NOT_AN_ARCHIVE' : 'DAMAGED'
      throw new ArchiveError(code, `it is longer than ${LONGEST_LINE} bytes`, number)
    }
  }
  if (kept.length > 0) throw new ArchiveError(number === 1 ? 'NOT_AN_ARCHIVE' : 'TRUNCATED', 'it is cut', number)
}
