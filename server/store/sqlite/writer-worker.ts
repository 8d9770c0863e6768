// Entry of the writer thread.
import { parentPort, workerData } from 'node:worker_threads'
import type { WriterData } from './calls.ts'
import { serveWrites } from './writer-thread.ts'

if (!parentPort) throw new Error('This is the entry of a worker thread.')
serveWrites(parentPort, workerData as WriterData)
