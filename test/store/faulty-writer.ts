// A writer thread that fails between the commit of a batch and its answer, when a text of the batch asks for it. Its
// successor does not open the file while there is one with `.hold` after its name.
import { existsSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import type { WriterData } from '../../server/store/sqlite/calls.ts'
import { serveWrites } from '../../server/store/sqlite/writer-thread.ts'

if (!parentPort) throw new Error('This is the entry of a worker thread.')
const data = workerData as WriterData
const sleeper = new Int32Array(new SharedArrayBuffer(4))
while (data.known && existsSync(`${data.path}.hold`)) Atomics.wait(sleeper, 0, 0, 5)

serveWrites(parentPort, data, calls => {
  for (const call of calls) {
    if (call.name !== 'append') continue
    const [{ text }] = call.args
    if (text === 'die after the commit') process.exit()
    if (text === 'fail after the commit') throw new Error('disk I/O error')
  }
})
