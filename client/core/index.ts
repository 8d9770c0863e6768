// `recado/core`: what a program that installs the package sees of the client library. Each name can be imported alone:
// a bundler leaves out what is not used.
export {
  type Conversation,
  conversations,
  deleteMessage,
  editMessage,
  findMessage,
  markRead,
  type SearchPage,
  searchMessages,
  type Typing,
  tellTyping,
  watchReadPositions,
  watchSessions,
  watchTyping,
} from './actions.ts'
export { type Changes, type ChangesOptions, createChanges } from './changes.ts'
export type { RecadoErrorCode } from './errors.ts'
export { ERROR_CODES, errorFromCombined, RecadoError } from './errors.ts'
export * from './generated/graphql.ts'
export { createIndexedDbChangeStorage, createIndexedDbStorage } from './indexed-db-storage.ts'
export { createMemoryStorage } from './memory-storage.ts'
export { findMentions, isMentioned, type Mention } from './mentions.ts'
export { type ChangeStorage, createMemoryChangeStorage, type PendingChange } from './pending-change.ts'
export { createRecado } from './recado.ts'
export * from './session.ts'
export type {
  ConnectionState,
  Event,
  FeedEvent,
  FeedReset,
  Message,
  OutboxStorage,
  Outgoing,
  Recado,
  RecadoAsking,
  RecadoFeed,
  RecadoOptions,
  RecadoOutbox,
  SendOptions,
  User,
} from './types.ts'
