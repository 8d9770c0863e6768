// Writes the tables of docs/faults.md: the rows and the mutants are the program's own. `npm run docs` runs it.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { MUTANTS } from '../../test/fault/mutants/list.ts'
import { ROWS } from '../../test/fault/rows/all.ts'

const PATH = fileURLToPath(new URL('../faults.md', import.meta.url))

/** The document with its tables as the program has them. */
export function withTables(text: string): string {
  const rows = ROWS.map(({ name, fault, also }) => `| \`${name}\` | ${fault} | ${also} |`)
  const mutants = MUTANTS.map(
    ({ name, about, row, caughtBy }) => `| \`${name}\` | ${about} | \`${row}\` | ${caughtBy.join(' or ')} |`,
  )
  return put('mutants', mutants, put('rows', rows, text))
}

function put(name: string, lines: readonly string[], text: string): string {
  const [begin, end] = [`<!-- ${name} -->\n`, `<!-- /${name} -->`]
  const [from, to] = [text.indexOf(begin) + begin.length, text.indexOf(end)]
  if (from < begin.length || to < from) throw new Error(`docs/faults.md has no place for ${name}`)
  return `${text.slice(0, from)}${lines.join('\n')}\n${text.slice(to)}`
}

if (import.meta.main) writeFileSync(PATH, withTables(readFileSync(PATH, 'utf8')))
