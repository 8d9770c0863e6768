// A batch on its way to the writer thread and back. Copying a thousand objects in objects between threads cost as much as
// parsing the messages that they came from, so appends travel as one flat list of texts and numbers, and their positions
// as one array of numbers; everything else as it is.
import type { Position } from '../../domain/entry.ts'
import type { AppendOutcome, Outcome, WriteCall } from './calls.ts'

type Item = string | number | null

export interface PackedCalls {
  /** For each append its eight items, for any other call one `null`. */
  readonly items: readonly Item[]
  /** The other calls, in their order. */
  readonly others: readonly WriteCall[]
}

export interface PackedOutcomes {
  /** For each call the position that it was stored at; 0: see `others`. */
  readonly positions: Float64Array
  /** What else calls came to, in their order. */
  readonly others: readonly Outcome[]
}

const ITEMS = 8

const NOBODY = { id: '', username: '' }

/** The names of accounts stay behind: the writer knows accounts by their ids, and quoted messages by their positions. */
export function packCalls(calls: readonly WriteCall[]): PackedCalls {
  const items: Item[] = []
  const others: WriteCall[] = []
  for (const call of calls) {
    if (call.name !== 'append') {
      items.push(null)
      others.push(call)
      continue
    }
    const [{ messageId, from, to, text, sentAt, replyTo, nonce }] = call.args
    // A text of a character for each byte: buffers would be copied one allocation at a time.
    const digest = nonce && Buffer.from(nonce.digest).toString('latin1')
    const quoted = replyTo?.position ?? null
    items.push(messageId, from.id, to?.id ?? null, text, sentAt, quoted, nonce?.key ?? null, digest)
  }
  return { items, others }
}

export function unpackCalls({ items, others }: PackedCalls): WriteCall[] {
  const calls: WriteCall[] = []
  for (let i = 0, other = 0; i < items.length; ) {
    if (items[i] === null) {
      calls.push(others[other++] as WriteCall)
      i++
      continue
    }
    const [messageId, from, to, text, sentAt, quoted, key, digest] = items.slice(i, i + ITEMS) as [
      messageId: string,
      from: string,
      to: string | null,
      text: string,
      sentAt: number,
      quoted: Position | null,
      key: string | null,
      digest: string | null,
    ]
    const draft = {
      messageId,
      from: { id: from, username: '' },
      to: to === null ? null : { id: to, username: '' },
      text,
      sentAt,
      replyTo: quoted === null ? null : { messageId: '', position: quoted, from: NOBODY },
      nonce: key === null ? null : { key, digest: Buffer.from(digest ?? '', 'latin1') },
    }
    calls.push({ name: 'append', args: [draft] })
    i += ITEMS
  }
  return calls
}

export function packOutcomes(calls: readonly WriteCall[], outcomes: readonly Outcome[]): PackedOutcomes {
  const positions = new Float64Array(calls.length)
  const others: Outcome[] = []
  for (const [index, outcome] of outcomes.entries()) {
    const appended = calls[index]?.name === 'append' && 'value' in outcome ? (outcome.value as AppendOutcome) : null
    if (appended?.status === 'stored') positions[index] = appended.position
    else others.push(outcome)
  }
  return { positions, others }
}

export function unpackOutcomes({ positions, others }: PackedOutcomes): Outcome[] {
  let other = 0
  return Array.from(positions, (position): Outcome => {
    if (position === 0) return others[other++] as Outcome
    return { value: { status: 'stored', position } satisfies AppendOutcome }
  })
}
