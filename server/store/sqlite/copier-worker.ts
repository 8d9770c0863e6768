// Entry of the thread that copies the write-ahead log back.
import { parentPort, workerData } from 'node:worker_threads'
import type { ThreadData } from './calls.ts'
import { serveCopies } from './copier-thread.ts'

if (!parentPort) throw new Error('This is the entry of a worker thread.')
serveCopies(parentPort, workerData as ThreadData)
