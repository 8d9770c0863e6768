// What the client's tests share: fake servers and clients that are closed after each test, with back-offs of
// milliseconds, and a way to write down what a feed brings.
import { afterEach } from 'vitest'
import { createRecado } from '../../client/core/recado.ts'
import type { FeedEvent, Recado, RecadoOptions } from '../../client/core/types.ts'
import { type FakeServer, startFakeServer } from './fake-server.ts'

const opened: { close(): Promise<void> }[] = []

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

/** Closes it after the test, whatever happens; the last first. */
export function closing<One extends { close(): Promise<void> }>(one: One): One {
  opened.push(one)
  return one
}

export async function fakeServer(port?: number): Promise<FakeServer> {
  return closing(await startFakeServer(port))
}

/** joao, unless the options say otherwise. */
export function client(server: { url: string }, options: Partial<RecadoOptions> = {}): Recado {
  return closing(createRecado({ url: server.url, token: 'joao', minBackoffMs: 1, maxBackoffMs: 20, ...options }))
}

/** Somebody whose session is a cookie: none of his requests shows who he is. */
export function cookieClient(server: { url: string }, options: Partial<RecadoOptions> = {}): Recado {
  return closing(createRecado({ url: server.url, minBackoffMs: 1, maxBackoffMs: 20, ...options }))
}

/** Listens, and writes down what came: texts of messages, and names of other events. */
export function record(recado: Recado, since?: string): string[] {
  const seen: string[] = []
  recado.feed.subscribe(event => seen.push(nameOf(event)), since)
  return seen
}

export function nameOf(event: FeedEvent): string {
  if (event.__typename === 'CaughtUp') return `CaughtUp ${event.replayed}`
  return event.__typename === 'Reset' ? `Reset ${event.code}` : event.message.text
}

/** The messages among what `record` wrote down. */
export function texts(seen: readonly string[]): string[] {
  return seen.filter(name => !/^(CaughtUp|Reset)/.test(name))
}
