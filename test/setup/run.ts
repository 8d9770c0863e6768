// What is made once before the first test of a run, and is gone after the last: a folder for what tests write, and a cache
// of compiled code. Each server that a test starts has four threads, each of which would otherwise strip the types off the
// same files again; commands and servers as processes, too.
import { fileURLToPath } from 'node:url'
import { diskFolder, makeRunFolder } from './folders.ts'

export default function setup(): () => void {
  process.env.TESTS_ON_DISK = diskFolder()
  const { folder, remove } = makeRunFolder()
  process.env.TMPDIR = folder
  process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('../../node_modules/.cache/node', import.meta.url))
  return remove
}
