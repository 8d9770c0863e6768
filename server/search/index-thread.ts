// The index's thread: opens search.db and answers calls one after the other. A damaged file is removed before the thread
// ends, so that its successor begins anew; after any other error of the storage the successor goes on with what is there.
import type { MessagePort } from 'node:worker_threads'
import { isStorageFailure, SQLITE, sqliteCode } from '../store/sqlite/sqlite-errors.ts'
import type { Call, FromThread, ThreadData, ToThread } from './calls.ts'
import { type IndexFile, openIndexFile, removeIndexFile } from './index-file.ts'

export function serveIndex(port: MessagePort, { path, epoch, isAnew }: ThreadData): void {
  const post = (message: FromThread) => port.postMessage(message)
  let index: IndexFile

  try {
    index = openIndexFile(path, epoch, isAnew)
  } catch (error) {
    return fail(error)
  }
  post({ kind: 'opened', through: index.through })

  function fail(error: unknown): void {
    const code = sqliteCode(error)
    index?.close()
    if (code === SQLITE.CORRUPT || code === SQLITE.NOTADB) removeIndexFile(path)
    post({ kind: 'failed', message: String(error), inUse: code === SQLITE.BUSY })
    port.close()
  }

  function answer(call: Call): unknown {
    switch (call.name) {
      case 'write': {
        // Its own time: on a machine that has none to spare a batch would seem to be long, and the rest after it longer.
        const started = process.threadCpuUsage()
        index.write(...call.args)
        const { user, system } = process.threadCpuUsage(started)
        return (user + system) / 1000
      }
      case 'search':
        return index.search(...call.args)
      case 'trim':
        return index.trim(...call.args)
      case 'tidy':
        return index.tidy()
    }
  }

  port.on('message', (message: ToThread) => {
    if (message.kind === 'close') {
      index.close()
      port.close()
      return
    }
    const { id, call } = message
    try {
      post({ kind: 'answer', id, value: answer(call) })
    } catch (error) {
      if (isStorageFailure(error)) fail(error)
      else post({ kind: 'failure', id, message: `${call.name} failed: ${String(error)}` })
    }
  })
}
