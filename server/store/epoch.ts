// The name of a history: random, so that two never have the same.
import { randomInt } from 'node:crypto'

const LETTERS = '0123456789abcdefghijklmnopqrstuvwxyz'

/** 8 characters of [0-9a-z]. */
export function newEpoch(): string {
  return Array.from({ length: 8 }, () => LETTERS[randomInt(LETTERS.length)]).join('')
}
