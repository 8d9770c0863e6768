// The thread that copies the write-ahead log back into the database, when the writer asks it to. It takes no lock that a
// commit waits for.
import type { DatabaseSync } from 'node:sqlite'
import type { MessagePort } from 'node:worker_threads'
import type { FromCopier, ThreadData, ToCopier } from './calls.ts'
import { openForCopying } from './database-file.ts'
import { errorText } from './sqlite-errors.ts'

export function serveCopies(port: MessagePort, { path }: ThreadData): void {
  const post = (message: FromCopier) => port.postMessage(message)
  let db: DatabaseSync | null = null

  port.on('message', (_: ToCopier) => {
    try {
      db ??= openForCopying(path)
      db.exec('PRAGMA wal_checkpoint(PASSIVE)')
    } catch (error) {
      db?.close()
      db = null
      return post({ kind: 'failed', message: errorText(error) })
    }
    post({ kind: 'copied' })
  })
}
