// What the composer offers, and what becomes of the text when something is chosen.
import { describe, expect, test } from 'vitest'
import { findPeople } from '../../client/web/state/people.ts'
import { applySuggestion, completionOf } from '../../client/web/state/suggestion.ts'

const me = { id: '0', username: 'maria' }
const joao = { id: '1', username: 'João' }
const ana = { id: '2', username: 'ana' }
const joana = { id: '3', username: 'joana' }
const crowd = { online: [joana], others: [me, joao, ana, joana], me }

describe('people', () => {
  test('are found in any case and accent: those who begin so first, then those online, never oneself', () => {
    expect(findPeople('JO', crowd)).toEqual([joana, joao])
    expect(findPeople('a', crowd)).toEqual([ana, joana, joao])
    expect(findPeople('', crowd)).toEqual([joana, ana, joao])
    expect(findPeople('maria', crowd)).toEqual([])
  })
})

describe('completion', () => {
  const find = (letters: string) => findPeople(letters, crowd)

  test('offers the command, then names', () => {
    expect(completionOf('/m', find)?.suggestions).toEqual([{ kind: 'command', command: '/msg' }])
    expect(completionOf('/msg joa', find)?.suggestions).toEqual([
      { kind: 'person', person: joana },
      { kind: 'person', person: joao },
    ])
    expect(completionOf('/msg zzz', find)).toBeNull()
    expect(completionOf('oi', find)).toBeNull()
  })

  test('replaces what was typed of the name and leaves one space and the rest', () => {
    const completion = completionOf('/msg jo', find)
    expect(applySuggestion('/msg jo  tudo bem?', 7, completion?.from ?? -1, { kind: 'person', person: joao })).toEqual({
      text: '/msg João tudo bem?',
      caret: 10,
    })
  })
})
