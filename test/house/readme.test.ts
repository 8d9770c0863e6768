// The README and its Portuguese twin say the same, and whoever follows one page after another is nobody twice: a name that
// one page takes, no other page takes, or a stranger is told USERNAME_TAKEN by a page that worked for its author.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { graphiqlTabs } from '../../server/transport/graphiql.ts'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const [english, portuguese] = [read('README.md'), read('README.pt-BR.md')]

/** What is between fences, without its comments. */
const code = (text: string) =>
  [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)].map(([, kind, block = '']) => [
    kind,
    block.replaceAll(/ +(#|\/\/) .*$/gm, ''),
  ])

/** How many rows each table has. */
const tables = (text: string) => text.match(/(^\|.*\n)+/gm)?.map(rows => rows.split('\n').length)

test('the README has the same sections, tables and code in both languages', () => {
  expect(code(portuguese)).toEqual(code(english))
  expect(tables(portuguese)).toEqual(tables(english))
  expect(portuguese.match(/^## /gm)).toEqual(english.match(/^## /gm))
})

/** Names that a text enters with, or sends as. */
function namesOf(text: string): Set<string> {
  const found = text.matchAll(/--as (\w+)|username: \\?["'](\w+)|(?:Como|As) (\w+),? (?:escreva|write)/g)
  return new Set([...found].map(([, ...names]) => names.find(name => name !== undefined) ?? ''))
}

test('no two pages that one reads in a row take the same name', () => {
  const pages = ['README.md', 'docs/en/trying-it.md', 'client/core/README.md', 'examples/bot/bot.ts']
  const twins = ['README.pt-BR.md', 'docs/pt-BR/experimentar.md', 'client/core/README.md', 'examples/bot/bot.ts']
  for (const list of [pages, twins]) {
    const names = list.flatMap(page => [...namesOf(read(page))])
    expect(names).toEqual([...new Set(names)])
  }
  // GraphiQL's own tab is what the page on trying it out goes through.
  const tabs = namesOf(graphiqlTabs.map(({ query }) => query).join('\n'))
  expect([...tabs].filter(name => namesOf(english).has(name))).toEqual([])
})
