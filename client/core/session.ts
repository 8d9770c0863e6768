// Entering, leaving, and who one is: single requests over HTTP, before there is a client and after.
import type { TypedDocumentNode } from '@urql/core'
import { httpUrlOf } from './endpoint.ts'
import {
  DeleteAccountDocument,
  EnterDocument,
  EnterHereDocument,
  type EnterHereMutation,
  type EnterMutation,
  LeaveDocument,
  MeDocument,
  SetPasswordDocument,
} from './generated/graphql.ts'
import { createHttp } from './http.ts'
import { dataOf, requestOf } from './link.ts'
import type { User } from './types.ts'

export interface ServerOptions {
  /** As in `RecadoOptions`. */
  url: string
  fetch?: typeof fetch
}

export interface SessionOptions extends ServerOptions {
  /** Leave it out in a browser that holds the cookie. */
  token?: string
}

export interface EnterOptions extends ServerOptions {
  username: string
  password?: string
}

/** One request, answered or thrown. */
async function ask<Data, Variables extends Record<string, unknown>>(
  options: SessionOptions & { credentials?: RequestCredentials },
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  const { credentials } = options
  const http = createHttp({
    url: httpUrlOf(options.url),
    token: options.token,
    fetch: options.fetch ?? fetch,
    ...(credentials === undefined ? {} : { credentials }),
  })
  return dataOf(document, await http.execute(requestOf(document, variables)))
}

/**
 * Enters and gives the token, for programs: no cookie is sent or set.
 *
 * @throws RecadoError `USERNAME_TAKEN`, `USERNAME_INVALID`, `PASSWORD_INVALID`, `RATE_LIMITED`, `NETWORK`
 */
export async function enter({ username, password, ...server }: EnterOptions): Promise<EnterMutation['enter']> {
  const variables = { username, password: password ?? null }
  return (await ask({ ...server, credentials: 'omit' }, EnterDocument, variables)).enter
}

/**
 * Enters in this browser: the session is in an HttpOnly cookie, and `createRecado` needs no token.
 *
 * @throws RecadoError as `enter`, and `ALREADY_ENTERED` when this browser is somebody else already
 */
export async function enterHere({ username, password, ...server }: EnterOptions): Promise<EnterHereMutation['enter']> {
  return (await ask(server, EnterHereDocument, { username, password: password ?? null })).enter
}

/**
 * Who the session belongs to; null when there is none.
 *
 * @throws RecadoError `NETWORK`
 */
export async function whoAmI(session: SessionOptions): Promise<User | null> {
  return (await ask(session, MeDocument, {})).me
}

/**
 * Ends this session, or with `everywhere` all of the account's.
 *
 * @throws RecadoError `UNAUTHENTICATED`, `NETWORK`
 */
export async function leave({ everywhere, ...session }: SessionOptions & { everywhere?: boolean }): Promise<void> {
  await ask(session, LeaveDocument, { everywhere: everywhere ?? false })
}

/**
 * Adds or changes the account's password.
 *
 * @throws RecadoError `PASSWORD_INVALID`, `UNAUTHENTICATED`, `RATE_LIMITED`, `NETWORK`
 */
export async function setPassword({
  password,
  current,
  ...session
}: SessionOptions & { password: string; current?: string }): Promise<void> {
  await ask(session, SetPasswordDocument, { password, current: current ?? null })
}

/**
 * Deletes the account for ever: its sessions end, and its name is free for others.
 *
 * @throws RecadoError `PASSWORD_INVALID`, `UNAUTHENTICATED`, `RATE_LIMITED`, `NETWORK`
 */
export async function deleteAccount({ password, ...session }: SessionOptions & { password?: string }): Promise<void> {
  await ask(session, DeleteAccountDocument, { password: password ?? null })
}
