// Runs mutants, each in a process of its own that loads its source through the hook, and tells whether its row saw it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Result } from '../results.ts'
import type { Mutant } from './list.ts'
import { PATCH_LOG, patchedBy } from './patched.ts'

const RUN = fileURLToPath(new URL('../run.ts', import.meta.url))

export interface Verdict {
  readonly mutant: string
  /** Letters of the oracle, and `also`, in order. */
  readonly found: readonly string[]
  /** The first thing that was said. */
  readonly example: string
  readonly isCaught: boolean
  readonly seconds: number
}

/** @throws when the mutant was not there: no process loaded what it patches */
export async function runMutant(mutant: Mutant, seed: number): Promise<Verdict> {
  const folder = await mkdtemp(join(tmpdir(), 'recado-mutant-'))
  const log = join(folder, 'patched')
  const began = performance.now()
  try {
    const args = ['--only', mutant.row, '--seed', String(seed), '--scale', String(mutant.scale), '--json']
    const child = spawn(process.execPath, [RUN, ...args], {
      env: { ...process.env, ...patchedBy(mutant.name), [PATCH_LOG]: log },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    let errors = ''
    child.stdout.setEncoding('utf8').on('data', text => {
      output += text
    })
    child.stderr.setEncoding('utf8').on('data', text => {
      errors = (errors + text).slice(-4_000)
    })
    await once(child, 'close')
    const patched = await readFile(log, 'utf8').catch(() => '')
    for (const { file } of mutant.patches) {
      if (!patched.includes(`${mutant.name} ${file}`)) {
        throw new Error(`${mutant.name} never was: nothing loaded ${file}\n${output}\n${errors}`)
      }
    }
    const [result] = resultsIn(output, errors)
    if (!result || result.impossible) throw new Error(`${mutant.name} was not judged: ${result?.impossible ?? errors}`)
    const letters = [...new Set(result.violations.map(({ rule }) => rule as string))].sort()
    const found = [...letters, ...(result.defects.length > 0 ? ['also'] : [])]
    const wanted = new Set<string>(mutant.caughtBy)
    const [example] = [
      ...result.violations.filter(({ rule }) => wanted.has(rule)).map(({ rule, detail }) => `${rule}: ${detail}`),
      ...result.defects.map(defect => `also: ${defect}`),
    ]
    return {
      mutant: mutant.name,
      found,
      example: (example ?? '').slice(0, 160),
      isCaught: found.some(letter => wanted.has(letter)),
      seconds: Math.round((performance.now() - began) / 1000),
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function resultsIn(output: string, errors: string): readonly Result[] {
  try {
    return JSON.parse(output) as Result[]
  } catch {
    throw new Error(`the run said no result: ${output}\n${errors}`)
  }
}
