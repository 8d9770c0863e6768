// The program itself, run to its end: what it exits with and what it says.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('../../bin/recado.js', import.meta.url))
/** Longer than any of these takes; then it is ended, and its status is null. */
const LONGEST_MS = 60_000

export interface Ended {
  readonly status: number | null
  readonly output: string
}

/** @param env beside this process's own */
export function runRecado(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const options = { env: { ...process.env, ...env }, timeout: LONGEST_MS, killSignal: 'SIGKILL' as const }
  return new Promise(resolve => {
    const child = execFile(process.execPath, [PROGRAM, ...args], options, (_, stdout, stderr) => {
      resolve({ status: child.exitCode, output: stderr + stdout })
    })
  })
}

/** A start that must be refused: on any free port, in this folder. */
export function startRefused(dataDir: string): Promise<Ended> {
  return runRecado(['serve'], { DATA_DIR: dataDir, PORT: '0', HOST: '127.0.0.1' })
}
