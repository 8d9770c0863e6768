// Command blocks of the pages that people read: which there are, and how a test has to treat each. A comment above the
// fence says so:
//   <!-- runs -->               all of it, as one script, ends with 0
//   <!-- runs until stopped --> each command says something, and ends in order when it is interrupted
//   <!-- tested: test/x -->     another test runs it
//   <!-- not run: reason -->    it can't be run here, or would take too long
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export type Treatment = 'runs' | 'runs until stopped' | 'tested' | 'not run'

export interface CommandBlock {
  readonly file: string
  readonly line: number
  /** Null: nothing says how. */
  readonly treatment: Treatment | null
  /** What stands after the colon: a reason, or a test. */
  readonly note: string
  readonly script: string
}

const PAGES = ['*.md', 'docs/**/*.md', 'examples/**/*.md', 'client/*/README.md']
const MARK = /^<!-- (runs until stopped|runs|tested|not run)(?:: (.*))? -->$/

export function commandBlocks(): CommandBlock[] {
  const files = globSync(PAGES, { cwd: ROOT, exclude: ['**/node_modules/**'] }).toSorted()
  return files.flatMap(file => blocksOf(file, readFileSync(join(ROOT, file), 'utf8')))
}

export function blocksOf(file: string, text: string): CommandBlock[] {
  const lines = text.split('\n')
  return lines.flatMap((line, index) => {
    const indent = /^( *)```(?:sh|bash|console|shell)$/.exec(line)?.[1]
    if (indent === undefined) return []
    const end = lines.indexOf(`${indent}\`\`\``, index + 1)
    const [, treatment = null, note = ''] = MARK.exec((lines[index - 1] ?? '').trim()) ?? []
    const script = lines
      .slice(index + 1, end)
      .map(row => row.slice(indent.length))
      .join('\n')
    return [{ file, line: index + 1, treatment: treatment as Treatment | null, note, script }]
  })
}
