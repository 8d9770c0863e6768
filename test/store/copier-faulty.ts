// A copying thread that can't open the file, which it looks for in a folder `late` beside it; or that dies, while there is
// a file with `.no-copies` after the database's name.
import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import type { ThreadData } from '../../server/store/sqlite/calls.ts'
import { serveCopies } from '../../server/store/sqlite/copier-thread.ts'

if (!parentPort) throw new Error('This is the entry of a worker thread.')
const { path } = workerData as ThreadData
if (existsSync(`${path}.no-copies`)) throw new Error('the thread died')
serveCopies(parentPort, { path: join(dirname(path), 'late', basename(path)) })
