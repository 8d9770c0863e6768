// The accounts of a run: random names, claimed when they are needed, used again by one audit after another, and deleted
// at the end.
import { randomInt } from 'node:crypto'
import { Failed } from './audit.ts'
import { DELETE_ACCOUNT, ENTER } from './documents.ts'
import { type PostOptions, postOperation } from './wire/http.ts'

export interface Person {
  readonly id: string
  readonly username: string
  readonly token: string
  readonly password: string | null
}

export interface PeopleOptions {
  readonly endpoint: string
  readonly ms: number
}

export interface StrangerOptions {
  readonly username?: string
  readonly password?: string
}

/** Neither look-alikes of one another nor parts of any, so that one random name is never taken for another. */
const LETTERS = 'abdefghkpqstuxyz'

export function randomName(prefix = 'audit', length = 10): string {
  return prefix + Array.from({ length }, () => LETTERS[randomInt(LETTERS.length)]).join('')
}

export class People {
  readonly #options: PeopleOptions
  readonly #free: Person[] = []
  /** By id, how each account can be got into for the last time. */
  readonly #claimed = new Map<string, Person>()

  constructor(options: PeopleOptions) {
    this.#options = options
  }

  get count(): number {
    return this.#claimed.size
  }

  /** Somebody with a past: an account that other audits have used. Whoever takes one gives it back. */
  async take(): Promise<Person> {
    return this.#free.pop() ?? this.stranger()
  }

  give(person: Person): void {
    this.#free.push(person)
  }

  /** Somebody new. @throws Failed when no name can be claimed */
  async stranger({ username = randomName(), password }: StrangerOptions = {}): Promise<Person> {
    const { enter, errors } = await this.#mutate(ENTER, { variables: { username, password } })
    if (!enter) throw new Failed(`no name can be claimed: ${errors}`)
    const person = { id: enter.me.id, username: enter.me.username, token: enter.token, password: password ?? null }
    this.remember(person)
    return person
  }

  /** An account that is to be deleted at the end. */
  remember(person: Person): void {
    this.#claimed.set(person.id, person)
  }

  /** An account that is no more. */
  forget({ id }: Person): void {
    this.#claimed.delete(id)
  }

  /** Deletes every account, and says how many are left. */
  async deleteAll(): Promise<number> {
    let left = 0
    const everybody = [...this.#claimed.values()]
    const workers = Array.from({ length: 4 }, async () => {
      for (let next = everybody.pop(); next; next = everybody.pop()) {
        if (!(await this.#remove(next).catch(() => false))) left++
      }
    })
    await Promise.all(workers)
    this.#claimed.clear()
    return left
  }

  async #remove({ token, username, password, id }: Person): Promise<boolean> {
    const variables = { password: password ?? undefined }
    const { deleteAccount } = await this.#mutate(DELETE_ACCOUNT, { token, variables })
    if (deleteAccount) return true
    // Its session has ended meanwhile, and maybe the account with it: then the name is free, or another's.
    const { enter } = await this.#mutate(ENTER, { variables: { username, password: password ?? undefined } })
    if (!enter) return false
    const again = await this.#mutate(DELETE_ACCOUNT, {
      token: enter.token,
      variables: enter.me.id === id ? variables : {},
    })
    return again.deleteAccount === true
  }

  // biome-ignore lint/suspicious/noExplicitAny: each caller knows its document
  async #mutate(query: string, options: PostOptions): Promise<any> {
    const { result } = await postOperation(this.#options.endpoint, query, options, this.#options.ms)
    return { ...result.data, errors: JSON.stringify(result.errors ?? null).slice(0, 200) }
  }
}
