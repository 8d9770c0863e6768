// A writer thread that fails between the commit of a batch and its answer, when a text of the batch asks for it.
import { parentPort, workerData } from 'node:worker_threads'
import type { WriterData } from '../../server/store/sqlite/calls.ts'
import { serveWrites } from '../../server/store/sqlite/writer-thread.ts'

if (!parentPort) throw new Error('This is the entry of a worker thread.')
serveWrites(parentPort, workerData as WriterData, calls => {
  for (const call of calls) {
    if (call.name !== 'append') continue
    const [{ text }] = call.args
    if (text === 'die after the commit') process.exit()
    if (text === 'fail after the commit') throw new Error('disk I/O error')
  }
})
