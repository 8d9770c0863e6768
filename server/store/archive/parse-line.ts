// One line of an archive, checked: what it has is what a store may be given, or it is refused with what was wrong.
import { EPOCH } from '../../domain/cursor.ts'
import { ORIGIN, type Position } from '../../domain/entry.ts'
import { RECORD_KINDS, type RecordKind } from '../records.ts'
import type { AccountRow, ArchiveHeader, ArchiveRow, MessageRow, RevisionRow, RowKind } from './archive.ts'
import { ArchiveError } from './archive-error.ts'

type Fields = Readonly<Record<string, unknown>>
/** Answers with the value, or undefined where it is not what it should be. */
type Check<Value> = (value: unknown) => Value | undefined

/** Ids are pasted into JSON and into the names of keys. */
const ID = /^[\w-]{1,100}$/
const SHA_256 = /^[0-9a-f]{64}$/

const whole: Check<number> = value => (Number.isSafeInteger(value) ? (value as number) : undefined)
const position: Check<Position> = value => ((whole(value) ?? -1) >= ORIGIN ? (value as number) : undefined)
const text: Check<string> = value => (typeof value === 'string' && value.isWellFormed() ? value : undefined)
const change: Check<RevisionRow['change']> = value => (value === 'edited' || value === 'deleted' ? value : undefined)
const recordKind: Check<RecordKind> = value => RECORD_KINDS.find(kind => kind === value)
const flag: Check<boolean> = value => (typeof value === 'boolean' ? value : undefined)
const pattern =
  (allowed: RegExp): Check<string> =>
  value =>
    typeof value === 'string' && allowed.test(value) ? value : undefined
const id = pattern(ID)
const word =
  (longest: number): Check<string> =>
  value =>
    typeof value === 'string' && value.length > 0 && value.length <= longest ? text(value) : undefined
const orNull =
  <Value>(check: Check<Value>): Check<Value | null> =>
  value =>
    value === null ? null : check(value)
const bytes =
  (fewest: number, most: number): Check<Uint8Array> =>
  value => {
    if (typeof value !== 'string' || !/^[\w-]*$/.test(value)) return undefined
    const decoded = new Uint8Array(Buffer.from(value, 'base64url'))
    return decoded.length >= fewest && decoded.length <= most ? decoded : undefined
  }

/** What archives of an earlier version do not have. */
const orElse =
  <Value>(check: Check<Value>, standard: Value): Check<Value> =>
  value =>
    value === undefined ? standard : check(value)

/** Reads the fields of one object, each by its check. */
function reader(fields: Fields, line: number) {
  return <Value>(name: string, check: Check<Value>): Value => {
    const value = check(fields[name])
    if (value !== undefined) return value
    throw new ArchiveError('DAMAGED', `${name} is ${JSON.stringify(fields[name])?.slice(0, 60) ?? 'missing'}`, line)
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function parseObject(line: Uint8Array): Fields | null {
  try {
    return asFields(JSON.parse(decoder.decode(line)))
  } catch {
    return null
  }
}

function asFields(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null
}

/** @throws ArchiveError `NOT_AN_ARCHIVE`, `TOO_NEW`, `DAMAGED` */
export function parseHeader(line: Uint8Array, newest: number): ArchiveHeader {
  const fields = parseObject(line)
  const version = whole(fields?.version)
  if (fields?.recado !== 'archive' || version === undefined) {
    throw new ArchiveError('NOT_AN_ARCHIVE', 'it is not the first line of an archive', 1)
  }
  if (version > newest) throw new ArchiveError('TOO_NEW', `it has version ${version}, this program knows ${newest}`, 1)
  const read = reader(fields, 1)
  const header: ArchiveHeader = {
    epoch: read('epoch', pattern(EPOCH)),
    secret: read('secret', bytes(32, 32)),
    head: read('head', position),
    floor: read('floor', position),
    trimmedPublic: read('trimmedPublic', position),
    isLive: read('live', flag),
    about: read('about', position),
  }
  const { head, floor, trimmedPublic } = header
  if (floor > head || trimmedPublic > floor) throw new ArchiveError('DAMAGED', 'its positions do not fit together', 1)
  return header
}

export interface ArchiveEnd {
  readonly rows: Readonly<Record<RowKind, unknown>>
  readonly sha256: string
}

/** Null: this is no last line. */
export function parseEnd(line: Uint8Array, number: number): ArchiveEnd | null {
  // Rows begin otherwise, so nothing is parsed twice.
  if (Buffer.from(line.buffer, line.byteOffset, Math.min(6, line.length)).toString('latin1') !== '{"end"') return null
  const end = asFields(parseObject(line)?.end)
  if (!end) throw new ArchiveError('DAMAGED', 'it is no JSON object', number)
  const rows = asFields(end.rows) ?? {}
  return { rows: rows as ArchiveEnd['rows'], sha256: reader(end, number)('sha256', pattern(SHA_256)) }
}

/** @throws ArchiveError `DAMAGED` */
export function parseRow(line: Uint8Array, number: number, header: ArchiveHeader): ArchiveRow {
  const [[kind, value] = [], ...others] = Object.entries(parseObject(line) ?? {})
  const fields = asFields(value)
  if (kind === undefined || !fields || others.length > 0) {
    throw new ArchiveError('DAMAGED', 'it is no row of an archive', number)
  }
  const read = reader(fields, number)
  const upTo =
    (last: Position): Check<Position> =>
    given =>
      (position(given) ?? Number.POSITIVE_INFINITY) <= last ? position(given) : undefined
  switch (kind) {
    case 'account': {
      const account: AccountRow = {
        kind,
        id: read('id', id),
        username: read('username', word(200)),
        key: read('key', word(200)),
        skeleton: read('skeleton', orNull(word(400))),
        passwordHash: read('passwordHash', orNull(word(1000))),
        createdAt: read('createdAt', whole),
        lastSeenAt: read('lastSeenAt', orNull(whole)),
        deletedAt: read('deletedAt', orNull(whole)),
        trimmed: read('trimmed', upTo(header.floor)),
      }
      if ((account.skeleton === null) === (account.deletedAt === null)) {
        throw new ArchiveError('DAMAGED', 'it is neither deleted nor alive', number)
      }
      return account
    }
    case 'session': {
      const createdAt = read('createdAt', whole)
      return {
        kind,
        id: read('id', id),
        tokenHash: read('tokenHash', bytes(32, 32)),
        accountId: read('accountId', id),
        device: read('device', orElse(word(128), '?')),
        createdAt,
        lastUsedAt: read('lastUsedAt', orElse(whole, createdAt)),
        expiresAt: read('expiresAt', whole),
      }
    }
    case 'reading':
      return {
        kind,
        accountId: read('accountId', id),
        withId: read('withId', orNull(id)),
        // May be above the head: of a history that was lost.
        position: read('position', position),
      }
    case 'record':
      return {
        kind,
        of: read('of', recordKind),
        key: read('key', pattern(/^[\x20-\x7e]{1,200}$/)),
        value: read('value', text),
      }
    case 'message': {
      const message: MessageRow = {
        kind,
        position: read('position', upTo(header.head)),
        id: read('id', id),
        fromId: read('fromId', id),
        toId: read('toId', orNull(id)),
        text: read('text', text),
        sentAt: read('sentAt', whole),
        replyTo: read('replyTo', orElse(orNull(upTo(header.head)), null)),
        editedAt: read('editedAt', orElse(orNull(whole), null)),
        deletedAt: read('deletedAt', orElse(orNull(whole), null)),
        revised: read('revised', orElse(upTo(header.head), ORIGIN)),
      }
      if (message.deletedAt !== null && message.text !== '') {
        throw new ArchiveError('DAMAGED', 'it was deleted, and has a text', number)
      }
      return message
    }
    case 'revision': {
      const revision: RevisionRow = {
        kind,
        position: read('position', upTo(header.head)),
        change: read('change', change),
        messageId: read('messageId', id),
        messagePosition: read('messagePosition', upTo(header.head)),
        fromId: read('fromId', id),
        toId: read('toId', orNull(id)),
        sentAt: read('sentAt', whole),
        at: read('at', whole),
      }
      if (revision.messagePosition >= revision.position) {
        throw new ArchiveError('DAMAGED', 'it comes before its message', number)
      }
      return revision
    }
    case 'nonce':
      return {
        kind,
        accountId: read('accountId', id),
        key: read('key', word(200)),
        digest: read('digest', bytes(1, 64)),
        position: read('position', upTo(header.head)),
        messageId: read('messageId', id),
        toId: read('toId', orNull(id)),
        sentAt: read('sentAt', whole),
        revisedAt: read('revisedAt', orElse(orNull(whole), null)),
      }
    default:
      throw new ArchiveError('DAMAGED', `there is no row of kind ${JSON.stringify(kind).slice(0, 40)}`, number)
  }
}
