// A reader thread: answers calls from the main thread one after the other. After an error of the storage it opens the
// file anew for the next call.
import type { DatabaseSync } from 'node:sqlite'
import type { MessagePort } from 'node:worker_threads'
import type { FromReader, ThreadData, ToReader } from './calls.ts'
import { openForReading } from './database-file.ts'
import { createReader, type Reader } from './reader.ts'
import { errorText, isStorageFailure } from './sqlite-errors.ts'

export function serveReads(port: MessagePort, data: ThreadData): void {
  const post = (message: FromReader) => port.postMessage(message)
  let open: { db: DatabaseSync; reader: Reader } | null = null

  function reader(): Reader {
    if (open) return open.reader
    const db = openForReading(data.path)
    try {
      open = { db, reader: createReader(db) }
      return open.reader
    } catch (error) {
      db.close()
      throw error
    }
  }

  function close(): void {
    open?.db.close()
    open = null
  }

  port.on('message', (message: ToReader) => {
    if (message.kind === 'close') {
      close()
      port.close()
      return
    }
    const { id, call, until } = message
    try {
      post({ kind: 'answer', id, value: reader().answer(call, until) })
    } catch (error) {
      const storage = isStorageFailure(error)
      if (storage) close()
      post({ kind: 'failure', id, storage, message: `${call.name} failed: ${errorText(error)}` })
    }
  })
}
