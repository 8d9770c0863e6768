// Entering, leaving, who one is, and on which devices: single requests over HTTP, before there is a client and after.
import type { TypedDocumentNode } from '@urql/core'
import { httpUrlOf } from './endpoint.ts'
import { RecadoError } from './errors.ts'
import {
  ApproveDeviceDocument,
  DeleteAccountDocument,
  type DeviceSessionFieldsFragment,
  EndSessionDocument,
  EnterDocument,
  EnterHereDocument,
  type EnterHereMutation,
  EnterHereWithCodeDocument,
  type EnterMutation,
  EnterWithCodeDocument,
  EnterWithTokenDocument,
  LeaveDocument,
  MeDocument,
  PairDeviceDocument,
  type PairDeviceMutation,
  RequestDeviceDocument,
  type RequestDeviceMutation,
  SessionsDocument,
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
  /** The secret of an invitation, where the server takes new people by invitation only. */
  invitation?: string
  /** What kind of device this is, for the account's list. Default: from the User-Agent. */
  device?: string
}

export interface TokenOptions extends ServerOptions {
  /** In its compact form. */
  token: string
  /** As in `EnterOptions`. */
  device?: string
}

export interface CodeOptions extends ServerOptions {
  /** What another device shows (`pairDevice`), as it was typed, or the `deviceCode` of `requestDevice`. */
  code: string
  /** As in `EnterOptions`. */
  device?: string
}

/** One device that has entered as the account. */
export type DeviceSession = DeviceSessionFieldsFragment
export type PairingCode = PairDeviceMutation['pairDevice']
export type DeviceRequest = RequestDeviceMutation['requestDevice']

/** How long to wait for another device's approval where the server does not say. */
const APPROVAL_PAUSE_MS = 2_000

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
 * @throws RecadoError `USERNAME_TAKEN`, `USERNAME_INVALID`, `PASSWORD_INVALID`, `INVITATION_REQUIRED`, `INVITATION_INVALID`,
 *   `BANNED`, `RATE_LIMITED`, `NETWORK`
 */
export async function enter({
  username,
  password,
  invitation,
  device,
  ...server
}: EnterOptions): Promise<EnterMutation['enter']> {
  const variables = { username, password: password ?? null, device: device ?? null, invitation: invitation ?? null }
  return (await ask({ ...server, credentials: 'omit' }, EnterDocument, variables)).enter
}

/**
 * Enters in this browser: the session is in an HttpOnly cookie, and `createRecado` needs no token.
 *
 * @throws RecadoError as `enter`, and `ALREADY_ENTERED` when this browser is somebody else already
 */
export async function enterHere({
  username,
  password,
  invitation,
  device,
  ...server
}: EnterOptions): Promise<EnterHereMutation['enter']> {
  const variables = { username, password: password ?? null, device: device ?? null, invitation: invitation ?? null }
  return (await ask(server, EnterHereDocument, variables)).enter
}

/**
 * Enters with a JSON Web Token of the system whose accounts the server takes, and gives a token of Recado's own, for
 * programs: no cookie is sent or set. The token itself does as well as `token` of `createRecado`, as long as it lasts.
 *
 * @throws RecadoError `TOKEN_INVALID`, `BANNED`, `RATE_LIMITED`, `STORAGE_UNAVAILABLE`, `NETWORK`
 */
export async function enterWithToken({ token, device, ...server }: TokenOptions): Promise<EnterMutation['enter']> {
  const variables = { token, device: device ?? null }
  return (await ask({ ...server, credentials: 'omit' }, EnterWithTokenDocument, variables)).enterWithToken
}

/**
 * Enters with a code from another device and gives the token, for programs: no cookie is sent or set. A code is good once:
 * when its answer is lost, ask for another.
 *
 * @throws RecadoError `CODE_INVALID`, `CODE_PENDING` (a `deviceCode` that nobody has approved yet: see `whenApproved`),
 *   `RATE_LIMITED`, `NETWORK`
 */
export async function enterWithCode({ code, device, ...server }: CodeOptions): Promise<EnterMutation['enter']> {
  const variables = { code, device: device ?? null }
  return (await ask({ ...server, credentials: 'omit' }, EnterWithCodeDocument, variables)).enterWithCode
}

/**
 * Enters in this browser with a code from another device; as `enterHere`.
 *
 * @throws RecadoError as `enterWithCode`, and `ALREADY_ENTERED` when this browser is somebody already
 */
export async function enterHereWithCode({ code, device, ...server }: CodeOptions): Promise<EnterHereMutation['enter']> {
  return (await ask(server, EnterHereWithCodeDocument, { code, device: device ?? null })).enterWithCode
}

/**
 * Asks to be let in as somebody: show `userCode`, which its owner types at a device that has entered, and enter with
 * `deviceCode`. Both are good for two minutes. Whether there is such a name is not told.
 *
 * @example
 * const { userCode, deviceCode } = await requestDevice({ url, username: 'joao' })
 * console.log(`On a device where you are joao, approve ${userCode}`)
 * const { token } = await whenApproved(() => enterWithCode({ url, code: deviceCode }))
 *
 * @throws RecadoError `USERNAME_INVALID`, `RATE_LIMITED`, `NETWORK`
 */
export async function requestDevice({
  username,
  device,
  ...server
}: Omit<EnterOptions, 'password'>): Promise<DeviceRequest> {
  const variables = { username, device: device ?? null }
  return (await ask({ ...server, credentials: 'omit' }, RequestDeviceDocument, variables)).requestDevice
}

/**
 * Tries to enter until another device has approved it: again after each refusal that may pass, in the server's own time.
 *
 * @param attempt `enterWithCode` or `enterHereWithCode` with a `deviceCode`
 * @param signal ends the waiting; its reason is thrown
 * @throws RecadoError `CODE_INVALID` once two minutes are over, and any other refusal that does not pass by itself
 */
export async function whenApproved<Entered>(attempt: () => Promise<Entered>, signal?: AbortSignal): Promise<Entered> {
  for (;;) {
    signal?.throwIfAborted()
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof RecadoError && error.retryable)) throw error
      await pause(error.retryAfterMs ?? APPROVAL_PAUSE_MS, signal)
    }
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise(resolve => {
    const over = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', over)
      resolve()
    }
    const timer = setTimeout(over, ms)
    signal?.addEventListener('abort', over)
  })
}

/**
 * A code to show, with which another device may enter as this account: once, within two minutes. It dies with this session.
 *
 * @throws RecadoError `UNAUTHENTICATED`, `RATE_LIMITED`, `NETWORK`
 */
export async function pairDevice(session: SessionOptions): Promise<PairingCode> {
  return (await ask(session, PairDeviceDocument, {})).pairDevice
}

/**
 * Lets a device in that shows this code and asked for this account's name; gives what kind of device it says it is.
 *
 * @throws RecadoError `CODE_INVALID`, `UNAUTHENTICATED`, `RATE_LIMITED`, `NETWORK`
 */
export async function approveDevice({ userCode, ...session }: SessionOptions & { userCode: string }): Promise<string> {
  return (await ask(session, ApproveDeviceDocument, { userCode })).approveDevice
}

/**
 * The devices that have entered as this account, the newest first. To hear of changes, subscribe to `OnSessionsDocument`
 * with `recado.client`.
 *
 * @throws RecadoError `UNAUTHENTICATED`, `NETWORK`
 */
export async function sessions(session: SessionOptions): Promise<DeviceSession[]> {
  return (await ask(session, SessionsDocument, {})).sessions
}

/**
 * Ends one of the account's sessions, and its sockets. False: it has no such session (any more).
 *
 * @throws RecadoError `UNAUTHENTICATED`, `NETWORK`
 */
export async function endSession({ id, ...session }: SessionOptions & { id: string }): Promise<boolean> {
  return (await ask(session, EndSessionDocument, { id })).endSession
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
