// What a mutant is, and small ways to write one.
import type { Alterations, Json, Operation } from '../mutant-proxy.ts'

export interface Mutant {
  /** What is wrong with this server. */
  readonly name: string
  /** Ids of the audits that must fail. */
  readonly caughtBy: readonly string[]
  /** With a memory of its own. */
  readonly alter: () => Alterations
}

/** @param ids parted by spaces */
export function mutant(name: string, ids: string, alter: () => Alterations): Mutant {
  return { name, caughtBy: ids.split(/\s+/).filter(id => id !== ''), alter }
}

/** Alters the value of a root field, on every transport. */
export function field(name: string, change: (value: Json, operation: Operation) => Json): Alterations {
  return {
    result(result, operation) {
      if (result.data?.[name] === undefined || result.data[name] === null) return result
      return { ...result, data: { ...result.data, [name]: change(result.data[name], operation) } }
    },
  }
}

/** Alters the variables of operations that have this root field. */
export function variables(name: string, change: (variables: Json, operation: Operation) => void): Alterations {
  return {
    operation(operation) {
      if (new RegExp(`\\b${name}\\b`).test(operation.query)) change(operation.variables, operation)
    },
  }
}

/** The result of an error in place of a result. */
export function errorOf(code: string): Json {
  return { data: null, errors: [{ message: 'mutant', extensions: { code } }] }
}

/** Root value of a `next` message of a socket; undefined: it is none. */
export function rootOf(message: Json, name: string): Json {
  return message.type === 'next' ? message.payload?.data?.[name] : undefined
}

export function isAdded(message: Json): boolean {
  return rootOf(message, 'onEvent')?.__typename === 'MessageAdded'
}
