// Entry of a reader thread.
import { parentPort, workerData } from 'node:worker_threads'
import type { ThreadData } from './calls.ts'
import { serveReads } from './reader-thread.ts'

if (!parentPort) throw new Error('This is the entry of a worker thread.')
serveReads(parentPort, workerData as ThreadData)
