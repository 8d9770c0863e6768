// The text of a benchmark's message: its number and when it was sent, then words up to 60 characters.

const LENGTH = 60
const WORDS = 'a message as long as what people write to others'

export function createText(number: number): string {
  const stamp = `${String(number).padStart(8, '0')} ${performance.now().toFixed(3).padStart(14, '0')} `
  return stamp + WORDS.slice(0, LENGTH - stamp.length)
}

/** The number and the milliseconds that a text says; null: it is none of ours. */
export function readText(text: string): { readonly number: number; readonly sentAt: number } | null {
  const match = /^(\d{8}) (\d{10}\.\d{3}) /.exec(text)
  return match ? { number: Number(match[1]), sentAt: Number(match[2]) } : null
}

/** Not counted: says who has joined. */
export const MARKER = 'marker: '.padEnd(LENGTH, 'is everybody here? ')
