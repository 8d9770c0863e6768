// Feeds with the same operation: for each entry the document is executed once and its result encoded once, whoever and
// however many get it. This is what a stock server does for every subscriber and message, at 26 to 45 µs each time.
import { type ExecutionResult, execute, type GraphQLSchema } from 'graphql'
import type { CursorCodec } from '../../domain/cursor.ts'
import { type Entry, isLater, type MessageEntry, messageOf } from '../../domain/entry.ts'
import { Refusal } from '../../domain/errors.ts'
import type { Batch, CaughtUp, Lane } from '../../feed/feed.ts'
import type { Masking } from '../../graphql/masking.ts'
import type { CaughtUpShape } from '../../graphql/shapes.ts'
import { buildTemplate, type Template } from './frame.ts'
import type { FeedOperation } from './operation.ts'

export interface GroupOptions {
  readonly schema: GraphQLSchema
  readonly operation: FeedOperation
  readonly masking: Masking
  /** What resolvers get: nobody's context, since what they say must not depend on who looks. */
  readonly context: unknown
  readonly cursors: CursorCodec
  /** How many bytes of encoded results may be kept for replays that follow. */
  payloadBudget(): number
  /** Told of each that leaves. */
  onLeft(group: Group, address: string): void
}

/** Batches whose frames are kept: what is live, and what a crowd of returning clients is being sent. */
const TEMPLATES_KEPT = 16

interface Encoded {
  readonly bytes: Buffer
  /** It has errors: who asks later may have better luck. */
  readonly isFaulty: boolean
}

interface Payload extends Encoded {
  /** What it says of the message: a later state needs another one. */
  readonly message: MessageEntry
}

export class Group implements Lane {
  readonly operation: FeedOperation
  /** Feeds and watchers that use it; the registry forgets a group that nobody uses. */
  users = 0
  readonly #options: GroupOptions
  /** Encoded results by position, oldest first. */
  #payloads = new Map<number, Payload>()
  #payloadBytes = 0
  /** Of the batches that were asked for lately, by length of the id; the one asked for last stands last. */
  readonly #templates = new Map<Batch, Template[]>()
  /** The last of `#templates`: the batch that nearly every socket of a flush shares. */
  #lastBatch: Batch | null = null
  #lastTemplates: Template[] = []
  #lastValue: { root: unknown; payload: Buffer } | null = null

  constructor(options: GroupOptions) {
    this.operation = options.operation
    this.#options = options
  }

  /** One that joined it from this address is gone. */
  leave(address: string): void {
    this.#options.onLeft(this, address)
  }

  prepare(entries: readonly Entry[]): void | Promise<void> {
    this.#evict()
    const payloads = this.#payloads
    const pending: Promise<void>[] = []
    for (const entry of entries) {
      if (!this.shows(entry) || this.#kept(entry)?.isFaulty === false) continue
      const result = this.#execute(entry)
      if (result instanceof Promise) {
        const kept = result.then(settled => {
          rejectUnavailable(settled)
          // What was forgotten meanwhile stays forgotten.
          if (payloads === this.#payloads) this.#keep(entry, this.#stringify(settled))
        })
        pending.push(kept)
      } else this.#keep(entry, this.#stringify(result))
    }
    if (pending.length > 0) return Promise.all(pending).then(() => {})
  }

  /** Whether the operation has anything to say of an entry: `onMessage` has new messages only. */
  shows(entry: Entry): boolean {
    return entry.kind === 'added' || this.operation.field !== 'onMessage'
  }

  /** The encoded result for an entry that was prepared, or of a later state of its message. */
  payload(entry: Entry): Buffer {
    const kept = this.#kept(entry)
    if (kept) return kept.bytes
    const payload = this.#encode(entry)
    if (payload instanceof Promise) throw new Error('An entry was delivered that had not been prepared')
    return payload
  }

  /** The encoded result for anything else that the root field may yield. Kept while the same root is asked for. */
  encodeValue(root: unknown): Buffer | Promise<Buffer> {
    const last = this.#lastValue
    if (last && last.root === root) return last.payload
    const payload = this.#encode(root)
    if (!(payload instanceof Promise)) this.#lastValue = { root, payload }
    return payload
  }

  /** The encoded CaughtUp; null where the operation has no such event. */
  caughtUp({ position, replayed }: CaughtUp): Buffer | null {
    if (this.operation.field !== 'onEvent') return null
    const event: CaughtUpShape = {
      kind: 'caught-up',
      cursor: this.#options.cursors.encode(position),
      replayed,
    }
    const payload = this.#encode(event)
    // Its fields are plain values: only a promise of graphql-js's own making could come here, and it makes none.
    if (payload instanceof Promise) throw new Error('CaughtUp has no asynchronous field')
    return payload
  }

  /** The batch as frames, for ids of this length. Patch and write it at once: the next caller patches the same bytes. */
  template(batch: Batch, idLength: number): Template {
    if (this.#lastBatch !== batch) {
      const templates = this.#templates.get(batch) ?? []
      this.#templates.delete(batch)
      this.#templates.set(batch, templates)
      if (this.#templates.size > TEMPLATES_KEPT) {
        const [oldest] = this.#templates.keys()
        if (oldest) this.#templates.delete(oldest)
      }
      this.#lastBatch = batch
      this.#lastTemplates = templates
    }
    let template = this.#lastTemplates[idLength]
    if (!template) {
      const shown = batch.entries.filter(entry => this.shows(entry))
      template = buildTemplate(
        shown.map(entry => this.payload(entry)),
        idLength,
      )
      if (shown.some(entry => this.#kept(entry)?.isFaulty)) return template
      this.#lastTemplates[idLength] = template
    }
    return template
  }

  /** Positions and cursors are of another history from now on: nothing that was encoded is good any more. */
  forget(): void {
    this.#payloads = new Map()
    this.#payloadBytes = 0
    this.#templates.clear()
    this.#lastBatch = null
    this.#lastTemplates = []
    this.#lastValue = null
  }

  #execute(root: unknown): ExecutionResult | Promise<ExecutionResult> {
    const { schema, operation, context } = this.#options
    const result = execute({
      schema,
      document: operation.document,
      rootValue: root,
      contextValue: context,
      variableValues: operation.variables,
    })
    return result as ExecutionResult | Promise<ExecutionResult>
  }

  #encode(root: unknown): Buffer | Promise<Buffer> {
    const result = this.#execute(root)
    return result instanceof Promise
      ? result.then(settled => this.#stringify(settled).bytes)
      : this.#stringify(result).bytes
  }

  #stringify(result: ExecutionResult): Encoded {
    const bytes = Buffer.from(JSON.stringify(this.#options.masking.presentResult(result)))
    return { bytes, isFaulty: result.errors !== undefined }
  }

  /** Undefined: there is none, or it says what has been replaced or trimmed since. */
  #kept(entry: Entry): Payload | undefined {
    const kept = this.#payloads.get(entry.position)
    if (!kept) return undefined
    const message = messageOf(entry)
    const lostItsQuote = message.replyTo === null && kept.message.replyTo !== null
    return lostItsQuote || isLater(message, kept.message) ? undefined : kept
  }

  #keep(entry: Entry, { bytes, isFaulty }: Encoded): void {
    if (this.#kept(entry)?.isFaulty === false) return
    this.#payloadBytes += bytes.length - (this.#payloads.get(entry.position)?.bytes.length ?? 0)
    this.#payloads.set(entry.position, { message: messageOf(entry), bytes, isFaulty })
  }

  /** Before new ones come, never after: what was prepared for a flush stays until the next is prepared. */
  #evict(): void {
    const budget = this.#options.payloadBudget()
    if (this.#payloadBytes <= budget) return
    for (const [position, { bytes }] of this.#payloads) {
      this.#payloads.delete(position)
      this.#payloadBytes -= bytes.length
      if (this.#payloadBytes <= budget / 2) return
    }
  }
}

/**
 * An entry that can't be rendered just now is no answer: whoever took it for one would have lost the message.
 * @throws Refusal STORAGE_UNAVAILABLE
 */
function rejectUnavailable({ errors = [] }: ExecutionResult): void {
  for (const { originalError } of errors) {
    if (originalError instanceof Refusal && originalError.code === 'STORAGE_UNAVAILABLE') throw originalError
  }
}
