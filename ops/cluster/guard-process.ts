// The process behind guard.ts. It reads `+PID` and `-PID`, a line each, and acts when its input ends: then its parent is
// gone, however that happened, and whatever is still on the list is ended, with its whole process group.
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'

/** Longer than a node takes to drain. */
const GRACE_MS = 12_000
const LOOK_MS = 100

const groups = new Set<number>()

// A signal is meant for the parent: as long as that one is there, this one is needed.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})

function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, name)
  } catch {
    return false
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const pid = Number(line.slice(1))
  if (line.startsWith('+')) groups.add(pid)
  else groups.delete(pid)
}
for (const pid of groups) signal(pid, 'SIGTERM')
for (let waited = 0; waited < GRACE_MS && [...groups].some(pid => signal(pid, 0)); waited += LOOK_MS) {
  await delay(LOOK_MS)
}
for (const pid of groups) signal(pid, 'SIGKILL')
