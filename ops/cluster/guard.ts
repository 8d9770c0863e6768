// Nothing is left behind: a small process of its own that ends what this one has started, should this one end without
// doing so, by `kill -9` even. It notices by the end of its input, which the system closes in any case.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('./guard-process.ts', import.meta.url))

export interface Guard {
  readonly pid: number
  /** Looks after this process and its group. */
  add(pid: number): void
  /** It has ended: its number may soon be another's. */
  remove(pid: number): void
  /** Ends the guard, and whatever it still looks after. */
  close(): Promise<void>
}

/** @param onDeath nobody looks after the processes any more, although `close` was not called */
export function startGuard(onDeath: () => void = () => {}): Guard {
  // In a session of its own, so that Ctrl-C and a closed terminal don't reach it.
  const child = spawn(process.execPath, [PROGRAM], { stdio: ['pipe', 'ignore', 'inherit'], detached: true })
  const ended = once(child, 'exit')
  let isClosing = false
  child.stdin.on('error', () => {})
  child.once('exit', () => {
    if (!isClosing) onDeath()
  })
  return {
    pid: child.pid ?? 0,
    add: pid => void child.stdin.write(`+${pid}\n`),
    remove: pid => void child.stdin.write(`-${pid}\n`),
    async close() {
      isClosing = true
      child.stdin.end()
      await ended
    },
  }
}
