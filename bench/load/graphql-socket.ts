// graphql-transport-ws over a raw socket: as much of the protocol as load needs.
import { randomUUID } from 'node:crypto'
import { RawSocket, type RawSocketOptions } from './raw-socket.ts'

export interface GraphqlSocketOptions {
  readonly port: number
  readonly token?: string
  readonly onClose?: RawSocketOptions['onClose']
  /** Of the upgrade request. */
  readonly headers?: Readonly<Record<string, string>>
}

/** Resolves once the connection is acknowledged. */
export async function openGraphqlSocket({ port, token, onClose, headers }: GraphqlSocketOptions): Promise<RawSocket> {
  let acknowledge = (): void => {}
  let refuse = (_error: Error): void => {}
  const acknowledged = new Promise<void>((resolve, reject) => {
    acknowledge = resolve
    refuse = reject
  })
  const socket = await RawSocket.open({
    port,
    path: '/graphql',
    protocol: 'graphql-transport-ws',
    ...(headers ? { headers } : {}),
    onClose(code) {
      refuse(new Error(`Closed with ${code} before it was acknowledged`))
      onClose?.(code)
    },
    onText(text) {
      if (text.includes('connection_ack')) acknowledge()
    },
  })
  const payload = token === undefined ? {} : { payload: { authorization: `Bearer ${token}` } }
  socket.send(JSON.stringify({ type: 'connection_init', ...payload }))
  await acknowledged
  socket.onText = undefined
  return socket
}

export function subscribeMessage(
  query: string,
  variables?: Record<string, unknown>,
  id: string = randomUUID(),
): string {
  return JSON.stringify({ id, type: 'subscribe', payload: { query, ...(variables ? { variables } : {}) } })
}

export const MESSAGE_FIELDS = 'id cursor from { id username } to { id username } text sentAt'

/** An operation over HTTP; throws what the server refuses. */
export async function graphql<T>(port: number, query: string, variables: object = {}, token?: string): Promise<T> {
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify({ query, variables }),
  })
  const { data, errors } = (await response.json()) as { data: T; errors?: { message: string }[] }
  if (errors?.[0]) throw new Error(errors[0].message)
  return data
}

/** Claims a name and answers with its token. */
export async function enter(port: number, username: string): Promise<string> {
  const query = 'mutation ($username: String!) { enter(username: $username) { token } }'
  return (await graphql<{ enter: { token: string } }>(port, query, { username })).enter.token
}

/** A cursor to start a feed from: nothing that comes later is missed. */
export async function cursorNow(port: number, token: string): Promise<string> {
  const query = '{ messages(limit: 1) { pageInfo { endCursor } } }'
  const page = await graphql<{ messages: { pageInfo: { endCursor: string } } }>(port, query, {}, token)
  return page.messages.pageInfo.endCursor
}
