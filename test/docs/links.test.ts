// Every relative link of the documents leads to a file that is there, and every anchor to a heading of it.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { anchorsOf, linksOf, undefinedReferences } from './markdown.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PAGES = globSync(['*.md', 'docs/**/*.md', 'examples/**/*.md', 'client/**/*.md', 'ops/**/*.md'], { cwd: ROOT })
  .filter(file => !/node_modules|\/dist\//.test(file))
  .sort()

/** What is wrong with a page's links, each with its line. */
function faults(page: string, text: string): string[] {
  const links = linksOf(text).flatMap(({ target, line }) => {
    if (/^[a-z][a-z+.-]*:/i.test(target)) return []
    const [path = '', anchor] = target.split('#')
    const file = path === '' ? join(ROOT, page) : resolve(ROOT, dirname(page), decodeURIComponent(path))
    const at = `${page}:${line}: ${target}`
    if (relative(ROOT, file).startsWith('..')) return [`${at}: outside of the repository`]
    const isOwn = file === join(ROOT, page)
    if (!isOwn && !existsSync(file)) return [`${at}: no such file`]
    if (anchor === undefined || !file.endsWith('.md')) return []
    return anchorsOf(isOwn ? text : readFileSync(file, 'utf8')).has(decodeURIComponent(anchor))
      ? []
      : [`${at}: no such heading`]
  })
  return [...links, ...undefinedReferences(text).map(name => `${page}: [${name}] is not defined`)]
}

describe('links', () => {
  test.each(PAGES)('%s', page => {
    expect(faults(page, readFileSync(join(ROOT, page), 'utf8'))).toEqual([])
  })

  test('there are pages, with links in them', () => {
    expect(PAGES).toContain('README.md')
    expect(PAGES.filter(page => page.startsWith('docs/')).length).toBeGreaterThan(20)
    expect(PAGES.flatMap(page => linksOf(readFileSync(join(ROOT, page), 'utf8'))).length).toBeGreaterThan(300)
  })

  test('each page in one of the two languages has its twin, and they point to each other', () => {
    const twins = PAGES.filter(page => page.startsWith('docs/en/')).map(page => {
      const text = readFileSync(join(ROOT, page), 'utf8')
      const [other = ''] = linksOf(text).flatMap(({ target }) => (target.startsWith('../pt-BR/') ? [target] : []))
      return { page, other: join('docs/en', other) }
    })
    expect(twins.length).toBeGreaterThan(7)
    for (const { page, other } of twins) {
      const text = readFileSync(join(ROOT, other), 'utf8')
      expect(
        linksOf(text).map(({ target }) => join('docs/pt-BR', target)),
        other,
      ).toContain(page)
    }
  })
})

describe('the check can fail', () => {
  test.each([
    ['[x](nothing.md)', 'no such file'],
    ['![x](screenshots/nothing.png)', 'no such file'],
    ['[x](PROTOCOL.md#nothing)', 'no such heading'],
    ['[x](#nothing)', 'no such heading'],
    ['[x](../../elsewhere.md)', 'outside of the repository'],
    ['[x]: nothing.md', 'no such file'],
    ['[x][y]', 'is not defined'],
  ])('%s', (text, fault) => {
    expect(faults('docs/example.md', text).join()).toContain(fault)
  })

  test.each([
    '[x](PROTOCOL.md#feeds-replay-then-live)',
    '# Olá, você! `a_b` [c](d)\n[x](#olá-você-a_b-c)',
    '# a\n# a\n[x](#a-1)',
    '```\n[x](nothing.md)\n```',
    '`[x](nothing.md)`',
    '[x](https://example.com/nothing)',
  ])('and not where nothing is wrong: %s', text => {
    // The heading of the second one has a link of its own.
    expect(faults('docs/example.md', text.replace('(d)', '(PROTOCOL.md)'))).toEqual([])
  })
})
