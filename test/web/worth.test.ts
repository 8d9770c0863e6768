// What is worth a notification: by default what is for this account alone, or speaks to it by its name.
import { expect, test } from 'vitest'
import { isWorth } from '../../client/web/comfort/worth.ts'

const user = (id: string, username: string) => ({ id, username, online: true, lastSeenAt: null })
const me = user('1', 'João')
const maria = user('2', 'maria')
const publicly = (text: string) => ({ from: maria, to: null, text })
const privately = (text: string) => ({ from: maria, to: me, text })

test('private messages and mentions, however the name is spelled, and nothing else', () => {
  expect(isWorth(privately('oi'), me, 'mine')).toBe(true)
  expect(isWorth(publicly('e você, @joao?'), me, 'mine')).toBe(true)
  expect(isWorth(publicly('joão não é menção'), me, 'mine')).toBe(false)
  expect(isWorth(publicly('@joaozinho é outro'), me, 'mine')).toBe(false)
})

test('everything or nothing, for those who choose so; never what oneself said elsewhere', () => {
  expect(isWorth(publicly('oi'), me, 'all')).toBe(true)
  expect(isWorth(privately('oi'), me, 'none')).toBe(false)
  expect(isWorth({ from: me, to: null, text: '@joao' }, me, 'all')).toBe(false)
  expect(isWorth({ from: me, to: me, text: 'nota' }, me, 'mine')).toBe(false)
})
