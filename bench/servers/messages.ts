// A chat message as the peers make it: the same fields and sizes as Recado's, at the least cost.
import { randomBytes } from 'node:crypto'
import type { ChatMessage } from '../load/chat-client.ts'

/** Answers with what makes a message of a text; ids are random, cursors rise. */
export function createMessages(): (text: string) => ChatMessage {
  const from = { id: randomId(), username: 'sender' }
  let count = 0
  return text => ({
    id: randomId(),
    cursor: `abcd1234-${String(++count).padStart(11, '0')}-000`,
    from,
    to: null,
    text,
    sentAt: new Date().toISOString(),
  })
}

function randomId(): string {
  return randomBytes(16).toString('base64url')
}
