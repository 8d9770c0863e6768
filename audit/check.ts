// How audits judge: what was expected and what came, in one line that a person can act on.
import { isDeepStrictEqual } from 'node:util'
import { Failed, Skipped } from './audit.ts'
import type { Result } from './wire/http.ts'

/** @throws Failed unless it holds */
export function check(holds: unknown, otherwise: string): asserts holds {
  if (!holds) throw new Failed(otherwise)
}

/** @throws Failed unless both are deeply equal */
export function same(actual: unknown, expected: unknown, what: string): void {
  if (isDeepStrictEqual(actual, expected)) return
  throw new Failed(`${what}: expected ${shown(expected)}, got ${shown(actual)}`)
}

/** @throws Failed unless the first error of the result has this code */
export function refused(result: Result, code: string, what: string): void {
  same(codeOf(result), code, what)
}

/** The answers to so many at once; where a slow server refuses none of them, to four and then sixteen times as many. */
export async function manyAtOnce<Answer extends { readonly result: Result }>(
  count: number,
  post: () => Promise<Answer>,
): Promise<readonly Answer[]> {
  let answers: readonly Answer[] = []
  for (const times of [1, 4, 16]) {
    answers = await Promise.all(Array.from({ length: count * times }, post))
    if (answers.some(({ result }) => codeOf(result) !== null)) break
  }
  return answers
}

/** @throws Skipped */
export function skip(why: string): never {
  throw new Skipped(why)
}

/** The code of the first error; null: there is none; `undefined` as text: it has none. */
export function codeOf(result: Result): string | null {
  const error = result.errors?.[0]
  return error === undefined ? null : String(error.extensions?.code)
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 160 ? `${text.slice(0, 160)}…` : text
}

/** A promise with a bound. */
export async function within<T>(promise: Promise<T>, ms: number, what: string): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Failed(`${what}: not within ${ms} ms`)), ms)
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise(resolve => void setTimeout(resolve, ms))
}
