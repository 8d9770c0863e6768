// The writer thread: opens the file, says what it found, then turns batches from the main thread into transactions.
import type { MessagePort } from 'node:worker_threads'
import type { Revised, TrimStep } from '../store.ts'
import { StoreError } from '../store-error.ts'
import type { FromWriter, Outcome, ToWriter, WriteCall, WriterData } from './calls.ts'
import { createCheckpoints } from './checkpoints.ts'
import { BUSY_TIMEOUT_MS, ensureDatabaseFile, openForWriting, readIdentity } from './database-file.ts'
import { createEntryReader } from './entries.ts'
import { packOutcomes, unpackCalls } from './packing.ts'
import { errorText } from './sqlite-errors.ts'
import { createWriter } from './writer.ts'

/** @param onCommitted runs when a batch lasts and before anybody is told: tests of faults end the thread in it */
export function serveWrites(port: MessagePort, data: WriterData, onCommitted?: (calls: readonly WriteCall[]) => void) {
  const post = (message: FromWriter) => port.postMessage(message)

  function open() {
    const { path, copier, pages, eraseMs, known, now } = data
    if (!known) ensureDatabaseFile(path)
    const db = openForWriting(path, known, now)
    try {
      const identity = readIdentity(db, path)
      const writer = createWriter(db, identity.secret)
      const missed = known ? createEntryReader(db).after(known.head) : []
      const checkpoints = createCheckpoints(db, {
        copier,
        path,
        pages,
        eraseMs,
        busyTimeoutMs: BUSY_TIMEOUT_MS,
        onTrouble: message => post({ kind: 'not copied', message }),
      })
      post({ kind: 'opened', identity, head: writer.head, missed })
      return { db, writer, checkpoints }
    } catch (error) {
      db.close()
      throw error
    }
  }

  let opened: ReturnType<typeof open>
  try {
    opened = open()
  } catch (error) {
    post({ kind: 'refused', code: error instanceof StoreError ? error.code : null, message: errorText(error) })
    port.close()
    return
  }
  const { db, writer, checkpoints } = opened

  async function close(): Promise<void> {
    port.close()
    await checkpoints.close()
    try {
      // So that the file alone is the whole log.
      db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    } catch {
      // What stays in the write-ahead log is found there at the next start.
    }
    db.close()
  }

  port.on('message', (message: ToWriter) => {
    if (message.kind === 'close') {
      void close()
      return
    }
    try {
      const calls = unpackCalls(message.calls)
      const outcomes = writer.commit(calls, message.now)
      onCommitted?.(calls)
      post({ kind: 'committed', outcomes: packOutcomes(calls, outcomes), head: writer.head })
      checkpoints.committed()
      if (calls.some((call, index) => hasErased(call, outcomes[index]))) checkpoints.erased()
    } catch (error) {
      post({ kind: 'failed', message: errorText(error) })
      port.close()
      void checkpoints.close().then(() => db.close())
    }
  })
}

/** Whether a call took texts away, or replaced them. */
function hasErased({ name }: WriteCall, outcome: Outcome | undefined): boolean {
  if (outcome === undefined || !('value' in outcome)) return false
  if (name === 'revise') return (outcome.value as Revised).status === 'stored'
  return name === 'trim' && (outcome.value as TrimStep).removed > 0
}
