// The writer thread: opens the file, says what it found, then turns batches from the main thread into transactions.
import type { MessagePort } from 'node:worker_threads'
import { StoreError } from '../store-error.ts'
import type { FromWriter, ToWriter, WriteCall, WriterData } from './calls.ts'
import { ensureDatabaseFile, openForWriting, readIdentity } from './database-file.ts'
import { createEntryReader } from './entries.ts'
import { packOutcomes, unpackCalls } from './packing.ts'
import { messageOf } from './sqlite-errors.ts'
import { createWriter } from './writer.ts'

/** @param onCommitted runs when a batch lasts and before anybody is told: tests of faults end the thread in it */
export function serveWrites(port: MessagePort, data: WriterData, onCommitted?: (calls: readonly WriteCall[]) => void) {
  const post = (message: FromWriter) => port.postMessage(message)

  function open() {
    const { path, known, now } = data
    if (!known) ensureDatabaseFile(path)
    const db = openForWriting(path, known, now)
    try {
      const identity = readIdentity(db, path)
      const writer = createWriter(db, identity.secret)
      const missed = known ? createEntryReader(db).after(known.head) : []
      post({ kind: 'opened', identity, head: writer.head, missed })
      return { db, writer }
    } catch (error) {
      db.close()
      throw error
    }
  }

  let opened: ReturnType<typeof open>
  try {
    opened = open()
  } catch (error) {
    post({ kind: 'refused', code: error instanceof StoreError ? error.code : null, message: messageOf(error) })
    port.close()
    return
  }
  const { db, writer } = opened

  function close(): void {
    port.close()
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
      close()
      return
    }
    try {
      const calls = unpackCalls(message.calls)
      const outcomes = packOutcomes(calls, writer.commit(calls, message.now))
      onCommitted?.(calls)
      post({ kind: 'committed', outcomes, head: writer.head })
    } catch (error) {
      post({ kind: 'failed', message: messageOf(error) })
      port.close()
      db.close()
    }
  })
}
