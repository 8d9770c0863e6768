// One node: `recado serve` as a process of its own, on a port that it keeps over restarts.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Guard } from './guard.ts'
import { type ManagedProcess, startProcess, untilReady } from './managed-process.ts'

const PROGRAM = fileURLToPath(new URL('../../bin/recado.js', import.meta.url))

export interface NodeOptions {
  /** For its log: `NAME.log` in `dir`. */
  readonly name: string
  readonly dir: string
  readonly port: number
  /** Settings by their names, over those of this process. */
  readonly env: Readonly<Record<string, string>>
  readonly guard: Guard
}

/** Resolves once it takes people. */
export async function startNode({ name, dir, port, env, guard }: NodeOptions): Promise<ManagedProcess> {
  const logFile = join(dir, `${name}.log`)
  const node = await startProcess({
    program: process.execPath,
    args: [PROGRAM, 'serve'],
    env: { ...process.env, DATA_DIR: join(dir, name), ...env, HOST: '127.0.0.1', PORT: String(port) },
    guard,
    logFile,
  })
  await untilReady(node, logFile, async () => {
    const response = await fetch(`http://127.0.0.1:${port}/health/ready`)
    await response.body?.cancel()
    return response.status === 200
  })
  return node
}
