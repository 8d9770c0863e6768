// Who is measured: how each server starts, how the load talks to it, and what it does not promise.
import type { ChatClient } from './load/chat-client.ts'
import { createGraphqlClient, enterAll } from './load/graphql-client.ts'
import { createNatsClient } from './load/nats-client.ts'
import { createPlainClient } from './load/plain-client.ts'
import { createSocketIoClient } from './load/socket-io-client.ts'
import { findNats, type ServerProcess, startNats, startServer } from './server-process.ts'

export interface Peer {
  readonly name: PeerName
  readonly label: string
  /** What its figures are without: one sentence. */
  readonly promises: string
  /** @param nodeFlags for those that run on Node */
  start(nodeFlags?: readonly string[]): Promise<ServerProcess>
  /** @param accounts how many accounts subscribers share, where there are accounts */
  connect(port: number, accounts?: number): Promise<ChatClient>
}

export type PeerName = 'recado' | 'yoga' | 'raw-ws' | 'bare-ws' | 'socket-io' | 'nats' | 'faye-websocket' | 'sockjs'

const ACCOUNTS = 50

export const PEERS: Readonly<Record<PeerName, Peer>> = {
  recado: {
    name: 'recado',
    label: 'Recado',
    promises:
      'A validated GraphQL document behind every frame; a message is on disk, synced, before anybody gets it; private messages, replay from a cursor, and slow readers lose nothing.',
    start: nodeFlags => startServer('recado', {}, nodeFlags),
    connect: async (port, accounts = ACCOUNTS) => createGraphqlClient({ port, tokens: await enterAll(port, accounts) }),
  },
  yoga: {
    name: 'yoga',
    label: 'Yoga + graphql-ws',
    promises:
      'The same schema and documents, in memory: nothing lasts, no replay, no accounts; a slow reader’s messages pile up in memory.',
    // Its pubSub adds a listener a subscriber, of which Node warns.
    start: (nodeFlags = []) => startServer('yoga', {}, ['--disable-warning=MaxListenersExceededWarning', ...nodeFlags]),
    connect: async port => createGraphqlClient({ port, tokens: [] }),
  },
  'raw-ws': {
    name: 'raw-ws',
    label: 'raw ws',
    promises:
      'No schema, no selection of fields, no durability, no replay, no accounts; a slow reader’s messages pile up in memory.',
    start: nodeFlags => startServer('raw-ws', {}, nodeFlags),
    connect: async port => createPlainClient(port, '/chat'),
  },
  'bare-ws': {
    name: 'bare-ws',
    label: 'ws, the same messages',
    promises:
      'Nothing: it answers Recado’s own messages over ws without knowing what they mean, to show what ws itself costs.',
    start: nodeFlags => startServer('bare-ws', {}, nodeFlags),
    connect: async port => createGraphqlClient({ port, tokens: [] }),
  },
  'socket-io': {
    name: 'socket-io',
    label: 'Socket.IO',
    promises:
      'At most once: no durability, no replay by default, no schema, no accounts; a slow reader’s messages pile up in memory.',
    start: nodeFlags => startServer('socket-io', {}, nodeFlags),
    connect: async port => createSocketIoClient(port),
  },
  nats: {
    name: 'nats',
    label: 'NATS',
    promises:
      'Core NATS, in Go on all cores: passes on bytes in memory, at most once; no durability, no replay, no schema, no WebSocket here; a slow reader is cut off.',
    start: startNats,
    connect: async port => createNatsClient(port),
  },
  'faye-websocket': {
    name: 'faye-websocket',
    label: 'faye-websocket',
    promises: 'The loop of raw ws over another WebSocket library: no schema, no durability, no replay, no accounts.',
    start: nodeFlags => startServer('faye-websocket', {}, nodeFlags),
    connect: async port => createPlainClient(port, '/chat'),
  },
  sockjs: {
    name: 'sockjs',
    label: 'SockJS',
    promises: 'The same loop over SockJS’s raw WebSocket endpoint: no schema, no durability, no replay, no accounts.',
    start: nodeFlags => startServer('sockjs', {}, nodeFlags),
    connect: async port => createPlainClient(port, '/chat/websocket', '/send/websocket'),
  },
}

/** Those of the names that this machine can run, and what is missing for the others. */
export function available(names: readonly PeerName[]): { peers: Peer[]; missing: string[] } {
  const lacksNats = names.includes('nats') && findNats() === undefined
  return {
    peers: names.filter(name => name !== 'nats' || !lacksNats).map(name => PEERS[name]),
    missing: lacksNats ? ['NATS: nats-server is not installed (Debian: apt-get install nats-server)'] : [],
  }
}
