// The queue before the writer thread, with a writer that the test holds in its hands: what shares a transaction, what is
// refused, and the order of things when a writer fails.
import { describe, expect, test } from 'vitest'
import { type Entry, ORIGIN, type Position, UNREVISED } from '../../server/domain/entry.ts'
import type { AppendOutcome, KnownHistory, Outcome, WriteCall } from '../../server/store/sqlite/calls.ts'
import { createGroupCommit, type QueueLimits } from '../../server/store/sqlite/group-commit.ts'
import type { Opened, WriterLink } from '../../server/store/sqlite/writer-link.ts'
import { SILENT } from '../../server/store/store-log.ts'
import { draftOf } from '../contract/store.ts'
import { eventually } from './support.ts'

const JOAO = { id: 'joao', username: 'joao' }
const IDENTITY = { epoch: '0abcdefg', secret: new Uint8Array(32) }
const LIMITS: QueueLimits = { batch: 1_000, calls: 100_000, bytes: 1_000_000 }

/** One writer: its batches wait until the test answers them. */
class HeldWriter implements WriterLink {
  readonly opened: Opened
  readonly gone: Promise<string>
  readonly batches: (readonly WriteCall[])[] = []
  closed = false
  #waiting: PromiseWithResolvers<{ outcomes: readonly Outcome[]; head: number }> | null = null
  #end: (reason: string) => void
  #head: Position

  constructor(opened: Partial<Opened> = {}) {
    this.opened = { identity: IDENTITY, head: ORIGIN, missed: [], ...opened }
    this.#head = this.opened.head
    const { promise, resolve } = Promise.withResolvers<string>()
    this.gone = promise
    this.#end = resolve
  }

  commit(calls: readonly WriteCall[]) {
    if (this.#waiting) throw new Error('two batches at once')
    this.batches.push(calls)
    this.#waiting = Promise.withResolvers()
    return this.#waiting.promise
  }

  get busy(): boolean {
    return this.#waiting !== null
  }

  /** Commits the batch in flight: every call of it is an append. */
  answer(): void {
    const outcomes = (this.batches.at(-1) ?? []).map((): Outcome => {
      this.#head += 1
      return { value: { status: 'stored', position: this.#head } satisfies AppendOutcome }
    })
    this.#waiting?.resolve({ outcomes, head: this.#head })
    this.#waiting = null
  }

  die(): void {
    this.#waiting?.reject(new Error('died'))
    this.#waiting = null
    this.#end('died')
  }

  /** The batch fails, but the thread goes on. */
  fail(): void {
    this.#waiting?.reject(new Error('failed'))
    this.#waiting = null
  }

  end(): Promise<string> {
    this.#end('ended')
    return this.gone
  }

  async close(): Promise<void> {
    this.closed = true
  }
}

function entryAt(position: Position): Entry {
  return {
    kind: 'added',
    position,
    messageId: `m${position}`,
    from: JOAO,
    to: null,
    text: 'missed',
    sentAt: 0,
    replyTo: null,
    ...UNREVISED,
  }
}

/** A queue whose writers, one after the other, are those given; a function stands for one that can't start. */
async function start(writers: readonly (HeldWriter | (() => never))[], limits: Partial<QueueLimits> = {}) {
  const steps: string[] = []
  const startedAfter: (KnownHistory | null)[] = []
  const commits = await createGroupCommit({
    startWriter: async known => {
      const writer = writers[startedAfter.length]
      startedAfter.push(known)
      if (typeof writer === 'function') return writer()
      if (!writer) throw new Error('no more writers')
      return writer
    },
    events: { committed: entries => void steps.push(`announced ${entries.map(entry => entry.position).join(' ')}`) },
    log: SILENT,
    clock: () => 0,
    limits: { ...LIMITS, ...limits },
  })
  const append = (text = 'oi') =>
    commits.append(draftOf(JOAO, null, text)).then(
      appended => steps.push(appended.status === 'stored' ? `stored ${appended.entry.position}` : appended.status),
      error => steps.push(error.code),
    )
  const close = () => commits.close(async () => {})
  return { commits, append, close, steps, startedAfter }
}

const REFUSED = 'STORAGE_UNAVAILABLE'

describe('group commit', () => {
  test('calls of one turn of the event loop share a transaction; those that come meanwhile share the next', async () => {
    const writer = new HeldWriter()
    const { append } = await start([writer])
    const first = [append(), append(), append()]
    await eventually(() => writer.busy)
    const second = [append(), append()]
    expect(writer.batches.map(batch => batch.length)).toEqual([3])
    writer.answer()
    await Promise.all(first)
    await eventually(() => writer.busy)
    second.push(append())
    expect(writer.batches.map(batch => batch.length)).toEqual([3, 2])
    writer.answer()
    await eventually(() => writer.busy)
    writer.answer()
    await Promise.all(second)
    expect(writer.batches.map(batch => batch.length)).toEqual([3, 2, 1])
  })

  test('a transaction is bounded, and the order of the calls is kept', async () => {
    const writer = new HeldWriter()
    const { append } = await start([writer], { batch: 2 })
    const texts = ['1', '2', '3', '4', '5']
    const sent = texts.map(append)
    for (let n = 0; n < 3; n++) {
      await eventually(() => writer.busy)
      writer.answer()
    }
    await Promise.all(sent)
    expect(writer.batches.map(batch => batch.length)).toEqual([2, 2, 1])
    const written = writer.batches.flat().map(call => (call.name === 'append' ? call.args[0].text : call.name))
    expect(written).toEqual(texts)
  })

  test('what was committed is announced in one piece before the first of its appends resolves', async () => {
    const writer = new HeldWriter()
    const { append, commits, steps } = await start([writer])
    const sent = [append(), append()]
    await eventually(() => writer.busy)
    expect(commits.head).toBe(ORIGIN)
    writer.answer()
    await Promise.all(sent)
    expect(steps).toEqual(['announced 1 2', 'stored 1', 'stored 2'])
    expect(commits.head).toBe(2)
  })

  test('beyond its bound of calls the queue refuses at once, and takes more when some are done', async () => {
    const writer = new HeldWriter()
    const { append, steps } = await start([writer], { calls: 2 })
    const sent = [append(), append()]
    await append()
    expect(steps).toEqual([REFUSED])
    await eventually(() => writer.busy)
    writer.answer()
    await Promise.all(sent)
    const next = append()
    await eventually(() => writer.busy)
    writer.answer()
    await next
    expect(steps.at(-1)).toBe('stored 3')
  })

  test('beyond its bound of text the queue refuses at once', async () => {
    const writer = new HeldWriter()
    const { append, steps } = await start([writer], { bytes: 100 })
    const sent = append('x'.repeat(40))
    await append('x'.repeat(20))
    expect(steps).toEqual([REFUSED])
    const short = append('x'.repeat(10))
    await eventually(() => writer.busy)
    writer.answer()
    await Promise.all([sent, short])
    expect(steps.at(-1)).toBe('stored 2')
    const again = append('x'.repeat(40))
    await eventually(() => writer.busy)
    writer.answer()
    await again
    expect(steps.at(-1)).toBe('stored 3')
  })

  test('a writer that dies leaves everything pending refused, and nothing is accepted before its successor', async () => {
    const writer = new HeldWriter()
    const successor = new HeldWriter({ head: 9, missed: [entryAt(4), entryAt(9)] })
    const { append, commits, steps, startedAfter } = await start([writer, successor], { batch: 1 })
    const first = append()
    await eventually(() => writer.busy)
    writer.answer()
    await first
    const pending = [append('in flight'), append('queued')]
    await eventually(() => writer.busy)
    writer.die()
    await Promise.all(pending)
    await append('too early')
    expect(steps).toEqual(['announced 1', 'stored 1', REFUSED, REFUSED, REFUSED])
    await eventually(() => commits.head === 9)
    expect(startedAfter).toEqual([null, { epoch: IDENTITY.epoch, head: 1 }])
    const next = append()
    await eventually(() => successor.busy)
    successor.answer()
    await next
    expect(steps.slice(5)).toEqual(['announced 4 9', 'announced 10', 'stored 10'])
  })

  test('a writer that dies while it has nothing to do is replaced as well', async () => {
    const writer = new HeldWriter()
    const successor = new HeldWriter({ head: 3, missed: [entryAt(3)] })
    const { commits, steps } = await start([writer, successor])
    writer.die()
    await eventually(() => commits.head === 3)
    expect(steps).toEqual(['announced 3'])
  })

  test('a writer whose batch failed is ended, should it still run, before its successor starts', async () => {
    const writer = new HeldWriter()
    const successor = new HeldWriter({ head: 3, missed: [entryAt(3)] })
    const { append, commits, steps } = await start([writer, successor])
    const sent = append()
    await eventually(() => writer.busy)
    writer.fail()
    await sent
    await eventually(() => commits.head === 3)
    expect(steps).toEqual([REFUSED, 'announced 3'])
    expect(await writer.gone).toBe('ended')
  })

  test('it goes on trying while the file cannot be opened', async () => {
    const writer = new HeldWriter()
    const cannot = () => {
      throw new Error('disk full')
    }
    const successor = new HeldWriter({ head: 5 })
    const { commits, startedAfter } = await start([writer, cannot, cannot, cannot, successor])
    writer.die()
    await eventually(() => commits.head === 5)
    expect(startedAfter).toHaveLength(5)
  })

  test('who is told of entries may throw: the appends resolve all the same', async () => {
    const writer = new HeldWriter()
    const commits = await createGroupCommit({
      startWriter: async () => writer,
      events: {
        committed() {
          throw new Error('a defect elsewhere')
        },
      },
      log: SILENT,
      clock: () => 0,
      limits: LIMITS,
    })
    const appended = commits.append(draftOf(JOAO, null))
    await eventually(() => writer.busy)
    writer.answer()
    expect(await appended).toMatchObject({ status: 'stored' })
  })

  test('closing waits for what was accepted, refuses the rest, and closes the writer last', async () => {
    const writer = new HeldWriter()
    const { append, commits, steps } = await start([writer], { batch: 1 })
    const sent = [append(), append()]
    await eventually(() => writer.busy)
    const closing = commits.close(async () => void steps.push(`writer ${writer.closed ? 'closed' : 'open'}`))
    const late = append()
    writer.answer()
    await eventually(() => writer.busy)
    writer.answer()
    await Promise.all([...sent, late, closing])
    expect(steps.filter(step => step.startsWith('stored'))).toHaveLength(2)
    expect(steps).toContain(REFUSED)
    expect(steps.at(-1)).toBe('writer open')
    expect(writer.closed).toBe(true)
  })

  test('closing ends the wait for a writer that never comes back', async () => {
    const writer = new HeldWriter()
    const { append, close, startedAfter, steps } = await start([writer])
    const sent = append()
    await eventually(() => writer.busy)
    writer.die()
    await sent
    await eventually(() => startedAfter.length > 3)
    await close()
    const tries = startedAfter.length
    await append()
    expect(steps).toEqual([REFUSED, REFUSED])
    expect(startedAfter).toHaveLength(tries)
  })
})
