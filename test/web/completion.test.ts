// What the composer offers, and what becomes of the text when something is chosen.
import { describe, expect, test } from 'vitest'
import { nearestCommand, pageCommandOf } from '../../client/web/chat/command.ts'
import { applySuggestion, completionOf } from '../../client/web/chat/completion.ts'
import { findPeople } from '../../client/web/state/people.ts'

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

describe('a command that there is not', () => {
  test.each([
    ['/mgs', 'msg'],
    ['/hlep', 'help'],
    ['/serch', 'search'],
    ['/edt', 'edit'],
    ['/deleted', 'delete'],
    ['/dn', 'dm'],
    ['/segredo', null],
    // Two letters of four: as far from it as from anything.
    ['/tell', null],
    ['/nada', null],
    ['/x', null],
    ['/', null],
  ])('%s may have meant %s', (typed, meant) => {
    expect(nearestCommand(typed)).toBe(meant)
  })
})

describe('completion', () => {
  const find = (letters: string) => findPeople(letters, crowd)

  test('offers the commands that begin so, then names', () => {
    expect(completionOf('/m', find)?.suggestions).toEqual([{ kind: 'command', command: 'msg' }])
    expect(completionOf('/d', find)?.suggestions).toEqual([
      { kind: 'command', command: 'dm' },
      { kind: 'command', command: 'delete' },
    ])
    expect(completionOf('/msg joa', find)?.suggestions).toEqual([
      { kind: 'name', person: joana },
      { kind: 'name', person: joao },
    ])
    expect(completionOf('/msg zzz', find)).toBeNull()
    expect(completionOf('/zzz', find)).toBeNull()
    expect(completionOf('oi', find)).toBeNull()
  })

  test('offers names after an @ wherever a mention may begin', () => {
    expect(completionOf('oi @jo', find)?.suggestions).toEqual([
      { kind: 'mention', person: joana },
      { kind: 'mention', person: joao },
    ])
    expect(completionOf('@', find)?.suggestions).toHaveLength(3)
    expect(completionOf('email@jo', find)).toBeNull()
    expect(completionOf('@joana e', find)).toBeNull()
  })

  test('leaves Enter to what is whole already', () => {
    expect(completionOf('oi @joana', find)?.isWhole).toBe(true)
    expect(completionOf('oi @joan', find)?.isWhole).toBe(false)
    expect(completionOf('/help', find)?.isWhole).toBe(true)
    expect(completionOf('/msg', find)?.isWhole).toBe(false)
  })

  test('replaces what was typed of the name and leaves one space and the rest', () => {
    const text = '/msg jo  tudo bem?'
    const completion = completionOf('/msg jo', find)
    expect(applySuggestion(text, 7, completion?.from ?? -1, { kind: 'name', person: joao })).toEqual({
      text: '/msg João tudo bem?',
      caret: 10,
    })
    const mention = completionOf('oi @jo', find)
    expect(applySuggestion('oi @jo!', 6, mention?.from ?? -1, { kind: 'mention', person: joao })).toEqual({
      text: 'oi @João !',
      caret: 9,
    })
  })
})

describe('commands of the page', () => {
  test('are read in any case and disguise, with what follows them', () => {
    expect(pageCommandOf('/help')).toEqual({ kind: 'help' })
    expect(pageCommandOf('  /SEARCH  chave do  lab ')).toEqual({ kind: 'search', text: 'chave do  lab' })
    expect(pageCommandOf('／edit novo\ntexto')).toEqual({ kind: 'edit', text: 'novo\ntexto' })
    expect(pageCommandOf('\u200b/delete')).toEqual({ kind: 'delete' })
  })

  test('are nothing that is sent', () => {
    for (const text of ['//help', 'help', '/msg ana /help', '/unknown', 'a /help', '/delete tudo']) {
      expect([text, pageCommandOf(text)]).toEqual([text, null])
    }
  })
})
