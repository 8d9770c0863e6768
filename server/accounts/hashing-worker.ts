// The entry of a worker thread: one password after another, behind everybody else.
import { argon2Sync } from 'node:crypto'
import { readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'
import { parentPort } from 'node:worker_threads'
import type { FromHasher, ToHasher } from './hashing.ts'

/** As `nice` counts: a tenth of a processor beside a thread that wants all of it. */
const NICENESS = 10

if (!parentPort) throw new Error('This is the entry of a worker thread.')
const port = parentPort
giveWay()

port.on('message', ({ password, salt, ...parameters }: ToHasher) => {
  port.postMessage(derive())

  function derive(): FromHasher {
    try {
      return { tag: argon2Sync('argon2id', { message: password, nonce: salt, ...parameters }) }
    } catch (error) {
      return { failure: error instanceof Error ? error.message : String(error) }
    }
  }
})

/** Linux alone has priorities of threads, by their ids; elsewhere the threads are as others. */
function giveWay(): void {
  try {
    const thread = Number(/\d+$/.exec(readlinkSync('/proc/thread-self'))?.[0])
    if (thread > 0) setPriority(thread, NICENESS)
  } catch {
    // Not there, or not allowed.
  }
}
