// The entry of a worker thread: copies a database into another file, and checks the copy page by page.
import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import type { BackupData, FromBackup } from './backup.ts'
import { openForReading } from './database-file.ts'

if (!parentPort) throw new Error('This is the entry of a worker thread.')
const port = parentPort
const { from, to } = workerData as BackupData
const post = (message: FromBackup) => port.postMessage(message)

// One read transaction: the copy is of one moment, whatever is written meanwhile, and without free pages.
const source = openForReading(from)
source.prepare('VACUUM INTO ?').run(to)
source.close()
post({ kind: 'copied' })
const copy = new DatabaseSync(to, { readOnly: true })
const verdict = copy.prepare('PRAGMA integrity_check(1)').get()?.integrity_check
const messages = Number(copy.prepare('SELECT count(*) AS rows FROM message').get()?.rows)
copy.close()
post({ kind: 'checked', verdict: String(verdict), messages })
