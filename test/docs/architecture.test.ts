// docs/architecture.md names functions, files and decisions that there are.
import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8')

/** A function, a method or a field of that name is made in the text. */
function makes(text: string, name: string): boolean {
  return new RegExp(`(?:function |async |^ +|const )${name}(?:\\(|: | = |,)`, 'm').test(text)
}

test('each function is in the file that is named after it', () => {
  const named = [...page.matchAll(/((?:`\w+`(?:, )?)+) in\s+\[[^\]]*\]\(([^)]+\.ts)\)/g)].flatMap(
    ([, names = '', file = '']) => [...names.matchAll(/\w+/g)].map(([name]) => [name, file] as const),
  )
  expect(named.length).toBeGreaterThan(15)
  const missing = named.filter(([name, file]) => !makes(readFileSync(join(root, 'docs', file), 'utf8'), name))
  expect(missing).toEqual([])
})

test('each decision is listed, with the title of its page', () => {
  const pages = globSync('docs/decisions/*.md', { cwd: root }).toSorted()
  const listed = [...page.matchAll(/^- \[(\d{4})\]\((decisions\/[^)]+)\) (.*)$/gm)].map(([, , file, title]) => [
    file,
    title,
  ])
  const there = pages.map(path => [
    join(basename(dirname(path)), basename(path)),
    readFileSync(join(root, path), 'utf8').split('\n', 1)[0]?.replace(/^# /, ''),
  ])
  expect(listed).toEqual(there)
})
