// Entry of the index's thread.
import { parentPort, workerData } from 'node:worker_threads'
import type { ThreadData } from './calls.ts'
import { serveIndex } from './index-thread.ts'

if (!parentPort) throw new Error('This is the entry of a worker thread.')
serveIndex(parentPort, workerData as ThreadData)
