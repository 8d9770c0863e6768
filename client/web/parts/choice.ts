// A choice of a few that this browser keeps, the same in all its tabs, as a value and as React state.
import { useSyncExternalStore } from 'react'
import { onPreference, readPreference, writePreference } from '../browser/preference.ts'

export interface Choice<Value extends string> {
  readonly values: readonly Value[]
  get(): Value
  choose(value: Value): void
  subscribe(listener: () => void): () => void
}

/** @param values the first one holds where nothing was chosen */
export function createChoice<const Value extends string>(
  name: string,
  values: readonly [Value, ...Value[]],
): Choice<Value> {
  const parse = (kept: string | null): Value => values.find(value => value === kept) ?? values[0]
  const listeners = new Set<() => void>()
  let current = parse(readPreference(name))

  function become(value: Value): void {
    current = value
    for (const listener of listeners) listener()
  }
  onPreference(name, kept => become(parse(kept)))

  return {
    values,
    get: () => current,
    choose(value) {
      writePreference(name, value)
      become(value)
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

export const useChoice = <Value extends string>(choice: Choice<Value>): Value =>
  useSyncExternalStore(choice.subscribe, choice.get)
