// Where tests write. A run's temporary folder (TMPDIR) is in memory where there is room for it: thousands of stores are
// opened and closed, and what a disk does with them is nothing that their tests look at. Those that do (kills, full disks,
// checkpoints), and those that write hundreds of megabytes or run what they wrote, ask for the disk.
import { mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const MEMORY = '/dev/shm'
/** A run writes far less at a time; containers have 64 MiB if nobody asked for more. */
const ROOM_BYTES = 2 * 1024 ** 3
/** What statfs(2) calls it. */
const TMPFS = 0x01021994
const NAME = /^recado-tests-(\d+)-/

/** The disk's own folder for what is temporary. */
export function diskFolder(): string {
  return process.env.TESTS_ON_DISK ?? tmpdir()
}

/**
 * The folder of one run of tests, to be given to it as TMPDIR: in memory, or on the disk. Removes those of runs that were
 * killed before they could.
 */
export function makeRunFolder(): { readonly folder: string; remove(): void } {
  const place = hasRoom() ? MEMORY : tmpdir()
  for (const name of readdirSync(place)) {
    const [, pid] = NAME.exec(name) ?? []
    if (pid !== undefined && !isRunning(Number(pid))) remove(join(place, name))
  }
  const folder = mkdtempSync(join(place, `recado-tests-${process.pid}-`))
  return { folder, remove: () => remove(folder) }
}

function hasRoom(): boolean {
  try {
    const { type, bavail, bsize } = statfsSync(MEMORY)
    return type === TMPFS && bavail * bsize >= ROOM_BYTES
  } catch {
    return false
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

const remove = (folder: string): void => rmSync(folder, { recursive: true, force: true })
