// Edits and deletions of one's own messages that are asked for while there may be no connection: kept until the server
// has done them, one at a time, oldest first. The newest change of a message is the one that counts. To ask twice is
// harmless (EDIT-5), so that a lost answer, or a second tab, changes nothing. A part of its own: an application that does
// without it does not carry it.
import { deleteMessage, editMessage } from './actions.ts'
import { aloneInTurn } from './alone.ts'
import { createBackoff, SERVER_ERRORS_ENDURED } from './backoff.ts'
import { asRecadoError, type RecadoError } from './errors.ts'
import { createListeners, oneAfterAnother } from './listeners.ts'
import { createNotices } from './notices.ts'
import { byChangeAge, type ChangeStorage, type PendingChange } from './pending-change.ts'
import type { Message, Recado, RecadoAsking } from './types.ts'

export interface ChangesOptions {
  /** The account's id: what it asked for is never done for another one. */
  readonly account: string
  /** The server's address: each has changes of its own. */
  readonly url: string
  /** Default: in memory, as long as this lives. */
  readonly storage?: ChangeStorage
  /** The message as the server has it after the change; not called when another tab has done it. */
  readonly onDone?: (message: Message) => void
}

/**
 *  asked ──▶ waiting ──────▶ sending ──done──▶ gone
 *              ▲  ▲           │    │
 *              │  └─ may help ┘    └─refused──▶ refused ──discard──▶ gone
 *              └── another change of the same message ──┘
 */
export interface Changes {
  /** Oldest first. */
  readonly entries: readonly PendingChange[]
  onChange(listener: (entries: readonly PendingChange[]) => void): () => void
  /** @param text null: deletes the message. A message that is to be deleted is not edited any more. */
  ask(messageId: string, text: string | null): void
  /** Takes a change back. One that is being sent at this moment may still be done. */
  discard(messageId: string): void
  /** What waits is kept. Resolves once it lasts. */
  close(): Promise<void>
}

const MIN_WAIT_MS = 250
const MAX_WAIT_MS = 15_000

export function createChanges(recado: RecadoAsking & Pick<Recado, 'onState'>, options: ChangesOptions): Changes {
  const { account, url, storage, onDone } = options
  const key = `${url} ${account}`
  const name = `recado-changes ${key}`
  const listeners = createListeners<[readonly PendingChange[]]>()
  const entries = new Map<string, PendingChange>()
  /** By message, of those that are in the storage: one that is missing there was done, or taken back, by another tab. */
  const keptAt = new Map<string, number>()
  /** By message, of those that are over and may still be in the storage: what is being read there must not bring one back. */
  const overAt = new Map<string, number>()
  const closing = new AbortController()
  const drainInTurn = aloneInTurn(drain, closing.signal)
  const backoff = createBackoff(MIN_WAIT_MS, MAX_WAIT_MS)
  let view: readonly PendingChange[] = []
  let newest = 0
  let serverErrors = 0
  let writing: Promise<unknown> = Promise.resolve()
  /** The session is over, or the client was closed: whoever comes next goes on. */
  let hasEnded = false
  let timer: ReturnType<typeof setTimeout> | undefined
  const notices = createNotices(name, () => void reload().then(flush))

  const tell = oneAfterAnother(() => listeners.emit(view))
  function changed(): void {
    view = [...entries.values()].sort(byChangeAge)
    tell()
  }

  /** The storage is read and written in the order of the calls; what it refuses stays in memory. */
  function write(work: (storage: ChangeStorage) => Promise<void>): Promise<void> {
    const done = writing.then(() => (storage === undefined ? undefined : work(storage))).catch(() => {})
    writing = done
    return done
  }

  /** Noted down before anybody is told: whoever then takes it back does so afterwards in the storage too. */
  function put(change: PendingChange): void {
    const { messageId, createdAt } = change
    const kept = write(async store => {
      await store.put(key, change)
      keptAt.set(messageId, createdAt)
    })
    entries.set(messageId, change)
    changed()
    kept.then(() => notices.tell({ type: 'changed' }))
  }

  /** It is over. */
  function remove(change: PendingChange): Promise<void> {
    const { messageId, createdAt } = change
    entries.delete(messageId)
    overAt.set(messageId, createdAt)
    changed()
    return write(async store => {
      await store.remove(key, change)
      if (keptAt.get(messageId) === createdAt) keptAt.delete(messageId)
      if (overAt.get(messageId) === createdAt) overAt.delete(messageId)
    }).then(() => notices.tell({ type: 'changed' }))
  }

  /** What other tabs did since. */
  function reload(): Promise<void> {
    return write(async store => {
      const stored = await store.load(key)
      const newestById = new Map(stored.map(change => [change.messageId, change]))
      for (const [id, createdAt] of keptAt) {
        if (newestById.has(id)) continue
        keptAt.delete(id)
        if (entries.get(id)?.createdAt === createdAt) entries.delete(id)
      }
      for (const change of stored) {
        if (newestById.get(change.messageId) === change) take(change)
        else await store.remove(key, change)
      }
      changed()
    })
  }

  /** As it is in the storage. One that was asked for here since is newer, and not written yet. */
  function take(change: PendingChange): void {
    const { messageId, createdAt, state } = change
    newest = Math.max(newest, createdAt)
    if (createdAt <= (overAt.get(messageId) ?? 0)) return
    keptAt.set(messageId, createdAt)
    const mine = entries.get(messageId)
    const isNews = !mine || mine.createdAt < createdAt
    if (isNews || (mine.createdAt === createdAt && mine.state === 'waiting' && state === 'refused')) {
      entries.set(messageId, change)
    }
  }

  function flush(): void {
    if (hasEnded) return
    clearTimeout(timer)
    timer = undefined
    void drainInTurn(name)
  }

  async function drain(): Promise<void> {
    await reload()
    while (!hasEnded && timer === undefined) {
      const next = view.find(({ state }) => state === 'waiting')
      if (next === undefined) return
      // It must last before it leaves.
      await writing
      if (entries.get(next.messageId) === next) await attempt(next)
    }
  }

  async function attempt(change: PendingChange): Promise<void> {
    const { messageId, text } = change
    const sending: PendingChange = { ...change, state: 'sending' }
    entries.set(messageId, sending)
    changed()
    // Another one that was asked for meanwhile takes its place.
    const isCurrent = () => entries.get(messageId) === sending
    try {
      const message =
        text === null ? await deleteMessage(recado, messageId) : await editMessage(recado, messageId, text)
      backoff.reset()
      serverErrors = 0
      if (hasEnded) return
      onDone?.(message)
      // Before another tab may go on with what it finds there.
      if (isCurrent()) await remove(change)
    } catch (thrown) {
      const error = asRecadoError(thrown)
      if (!isCurrent()) return
      if (error.code === 'UNAUTHENTICATED' || error.code === 'CLOSED' || hasEnded) end()
      else failed(change, error)
    }
  }

  function failed(change: PendingChange, error: RecadoError): void {
    if (error.code === 'INTERNAL_SERVER_ERROR') serverErrors += 1
    if (!error.retryable || serverErrors >= SERVER_ERRORS_ENDURED) {
      serverErrors = 0
      return put({ ...change, state: 'refused', code: error.code })
    }
    entries.set(change.messageId, change)
    timer = setTimeout(flush, Math.max(backoff.next(), (error.retryAfterMs ?? 0) + 1))
    changed()
  }

  function end(): void {
    hasEnded = true
    clearTimeout(timer)
    closing.abort()
  }

  const endState = recado.onState(state => {
    if (state === 'closed') return end()
    if (state !== 'behind' && state !== 'live') return
    backoff.reset()
    flush()
  })
  flush()

  return {
    get entries() {
      return view
    },
    onChange: listener => listeners.add(listener),

    ask(messageId, text) {
      if (closing.signal.aborted) return
      const before = entries.get(messageId)
      if (before?.text === null && before.state !== 'refused' && text !== null) return
      // Rising even when the clock is set back: it is the order.
      newest = Math.max(Date.now(), newest + 1)
      put({ messageId, text, createdAt: newest, state: 'waiting' })
      // While others wait for their next attempt, so does this one.
      if (timer === undefined) flush()
    },

    discard(messageId) {
      const change = entries.get(messageId)
      if (change) void remove(change)
    },

    async close() {
      end()
      endState()
      await writing
      notices.close()
    },
  }
}
