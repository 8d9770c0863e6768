// The terminal is given back as it was, however this program ends: leaving, a signal, an exception, or `process.exit`
// anywhere. What restores it is written synchronously, since a process that ends waits for nothing.
import { writeSync } from 'node:fs'
import { constants } from 'node:os'

/** A text that is wider than this program thinks is cut at the edge, instead of pushing the rows below it down. */
const NO_AUTOWRAP = '\u001b[?7l'
/**
 * Autowrap, cursor, styles, bracketed paste, synchronized output, the kitty keyboard, and last the alternate screen, which
 * also puts the cursor back.
 */
const RESTORE = '\u001b[?7h\u001b[?25h\u001b[0m\u001b[?2004l\u001b[?2026l\u001b[?1049l'

const SIGNALS = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT'] as const
const HUNG_UP = 128 + constants.signals.SIGHUP

export interface Guard {
  /** Gives the terminal back, once; calling again is harmless. */
  restore(): void
}

export interface GuardOptions {
  /** Ends the drawing: nothing may be written to a terminal that was given back. */
  readonly unmount: () => void
  /** After a signal, once the terminal was given back: what must still be kept. The process then ends. */
  readonly lastWork: () => Promise<void>
}

export function guardTerminal({ unmount, lastWork }: GuardOptions): Guard {
  const { stdin, stdout } = process
  let restored = false

  function restore(): void {
    if (restored) return
    restored = true
    process.removeListener('exit', restore)
    process.removeListener('uncaughtExceptionMonitor', restore)
    for (const [signal, listener] of listeners) process.removeListener(signal, listener)
    stdout.removeListener('error', gone)
    stdin.removeListener('end', gone)
    stdin.removeListener('error', gone)
    try {
      unmount()
    } catch {
      // What it was about to draw matters no more.
    }
    try {
      if (stdin.isTTY) stdin.setRawMode(false)
    } catch {
      // A terminal that is gone has no mode.
    }
    try {
      writeSync(stdout.fd, RESTORE)
    } catch {
      // Nor anything to restore.
    }
  }

  /**
   * The terminal went away. The signal that says so reaches the shell alone, which passes it on or does not; reading and
   * writing fail in any case.
   */
  function gone(): void {
    // Ink still puts the mode back, and may write once more: neither is to end the program before its last work.
    stdin.setRawMode = () => stdin
    stdout.on('error', () => {})
    void end(HUNG_UP)
  }

  async function end(code: number): Promise<void> {
    restore()
    // A second signal ends it at once, unless it tells again that the terminal is gone.
    for (const signal of SIGNALS) process.on(signal, () => signal !== 'SIGHUP' && process.exit(code))
    await lastWork().catch(() => {})
    process.exit(code)
  }

  const listeners = SIGNALS.map(signal => [signal, () => void end(128 + constants.signals[signal])] as const)
  for (const [signal, listener] of listeners) process.on(signal, listener)
  process.on('exit', restore)
  // Before the exception is printed: on the screen that stays.
  process.on('uncaughtExceptionMonitor', restore)
  stdout.on('error', gone)
  stdin.on('end', gone)
  stdin.on('error', gone)
  // Before anything is drawn: who types early is not to be echoed, nor Enter taken for a line feed.
  if (stdin.isTTY) stdin.setRawMode(true)
  writeSync(stdout.fd, NO_AUTOWRAP)
  return { restore }
}
