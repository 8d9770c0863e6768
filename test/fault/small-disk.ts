// A disk that can be filled: a small file system of its own where this user may mount one (tmpfs, or ext4 in a file), else
// a limit on the size of the server's files. Everything is undone at the end.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { appendFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface SmallDisk {
  /** The folder. */
  readonly path: string
  readonly kind: 'tmpfs' | 'ext4' | 'a limit on files'
  /** From now on nothing more fits, to the last byte. */
  fill(pid: number): Promise<void>
  /** There is room again. */
  free(pid: number): Promise<void>
  /** Remounts it while nobody uses it. Null: this is no file system of its own. */
  readonly remount: ((mode: 'ro' | 'rw') => void) | null
  /** Nobody may use it any more. */
  dispose(): void
}

/** Of a file system: what a server begins with, and some load. */
const MEBIBYTES = 24
/** What `fill` leaves to grow where there is only a limit. */
const ROOM_BYTES = 20_000

export function makeSmallDisk(wanted: 'tmpfs' | 'ext4'): SmallDisk | null {
  const folder = mkdtempSync(join(tmpdir(), 'recado-disk-'))
  const path = join(folder, 'disk')
  const image = join(folder, 'image')
  mkdirSync(path)
  if (wanted === 'ext4' && runs('truncate', '-s', `${MEBIBYTES}M`, image) && runs('mkfs.ext4', '-q', '-F', image)) {
    if (runs('mount', '-o', 'loop', image, path)) return mounted(folder, path, 'ext4')
  }
  if (runs('mount', '-t', 'tmpfs', '-o', `size=${MEBIBYTES}m`, 'recado-fault', path)) {
    return mounted(folder, path, 'tmpfs')
  }
  if (runs('prlimit', '--version')) return limited(folder, path)
  rmSync(folder, { recursive: true, force: true })
  return null
}

function mounted(folder: string, path: string, kind: 'tmpfs' | 'ext4'): SmallDisk {
  const filler = join(path, 'filler')
  return {
    path,
    kind,
    async fill() {
      for (const size of [256 * 1024, 4_096, 512, 1]) {
        try {
          for (;;) await appendFile(filler, Buffer.alloc(size))
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
        }
      }
    },
    free: () => rm(filler, { force: true }),
    remount: mode => void execFileSync('mount', ['-o', `remount,${mode}`, path]),
    dispose() {
      if (!runs('umount', path)) runs('umount', '-l', path)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function limited(folder: string, path: string): SmallDisk {
  const limit = (pid: number, bytes: number | 'unlimited'): void =>
    void execFileSync('prlimit', ['--pid', `${pid}`, `--fsize=${bytes}:unlimited`])
  return {
    path,
    kind: 'a limit on files',
    async fill(pid) {
      const logs = readdirSync(path).filter(name => name.endsWith('-wal'))
      limit(pid, Math.max(0, ...logs.map(name => statSync(join(path, name)).size)) + ROOM_BYTES)
    },
    free: async pid => limit(pid, 'unlimited'),
    remount: null,
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function runs(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
}
