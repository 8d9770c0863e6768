// A reader thread that dies of one question: the newest 13 entries.
import { parentPort, workerData } from 'node:worker_threads'
import type { ThreadData, ToReader } from '../../server/store/sqlite/calls.ts'
import { serveReads } from '../../server/store/sqlite/reader-thread.ts'

if (!parentPort) throw new Error('This is the entry of a worker thread.')
parentPort.on('message', (message: ToReader) => {
  if (message.kind === 'call' && message.call.name === 'newest' && message.call.args[0] === 13) process.exit()
})
serveReads(parentPort, workerData as ThreadData)
