// The staircase: each step holds all that the step before it holds and something more, and what it does not hold yet is
// seen to fail. The table of examples/escada.md is what was played.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { CHATS, type Held, play, staircaseTable, tableOfPage } from './play.ts'
import { SCENARIOS } from './scenarios.ts'

const results: Record<string, Held> = {}

/** What each step adds. All else fails there. */
const ADDS: Readonly<Record<string, readonly string[]>> = {
  '1-todos.mjs': ['public'],
  '2-nomes.mjs': ['private'],
  '3-aparelhos.mjs': ['devices', 'stranger'],
  '4-cursor.mjs': ['drop', 'crash'],
  Recado: ['repeat'],
}

describe('the staircase', () => {
  const held: string[] = []
  for (const [name, start] of Object.entries(CHATS)) {
    held.push(...(ADDS[name] ?? []))
    const expected = Object.fromEntries(SCENARIOS.map(({ id }) => [id, held.includes(id)]))
    test(`${name} holds ${held.join(', ')}, and nothing else`, async () => {
      results[name] = await play(start)
      expect(results[name]).toEqual(expected)
    })
  }

  test('the page has what was played', () => {
    for (const language of ['pt', 'en'] as const) {
      expect(tableOfPage(language), 'npm run staircase -- --write').toBe(staircaseTable(results, language))
    }
  })

  test('each step is a page of code', () => {
    for (const name of Object.keys(CHATS).filter(name => name.endsWith('.mjs'))) {
      const lines = readFileSync(new URL(`../../examples/${name}`, import.meta.url), 'utf8').split('\n').length
      expect(lines, name).toBeLessThan(100)
    }
  })
})
