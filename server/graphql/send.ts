// The way of a message from arguments to the log: nonce, draining, rate, reading what was typed, checking, the
// recipient's account, append. A nonce that was used answers first, whatever else is wrong with the retry (PROTOCOL.md,
// SEND): looking it up only when a send is refused, and again in the append itself, comes to the same and costs nothing.
import type { Accounts } from '../accounts/accounts.ts'
import type { Limiter } from '../accounts/limiter.ts'
import { parseTyped } from '../domain/command.ts'
import type { AccountRef, MessageEntry, MessageRef } from '../domain/entry.ts'
import { Refusal } from '../domain/errors.ts'
import { isUuid, messageId, nonceDigest, nonceKey, parseNonce } from '../domain/message.ts'
import { checkText, type TextLimits } from '../domain/text.ts'
import type { Gate } from '../moderation/gate.ts'
import type { Draft, Nonce, Store } from '../store/store.ts'

export interface SendOptions {
  readonly store: Pick<Store, 'append' | 'message' | 'findNonce' | 'secret'>
  readonly accounts: Pick<Accounts, 'byName' | 'forget'>
  readonly limiter: Pick<Limiter, 'send' | 'refundSend'>
  readonly gate: Gate
  readonly textLimits: TextLimits
  /** True once the server is about to stop. */
  isDraining(): boolean
  /** The store has answered, after so many seconds. */
  onAppended?(seconds: number): void
  readonly clock?: () => number
}

export interface SendRequest {
  readonly text: string
  readonly to?: string | null | undefined
  readonly plain?: boolean | null | undefined
  readonly nonce?: string | null | undefined
  /** The id of the message that it answers. */
  readonly replyTo?: string | null | undefined
  /** The operation's id on its socket, and the response path of the field. */
  readonly operationId: string | null
  readonly path: readonly (string | number)[]
}

/** Sends for an account. Resolves with the entry once it is durable; refusals as in schema.graphql. */
export type Send = (from: AccountRef, request: SendRequest) => Promise<MessageEntry>

export function createSend(options: SendOptions): Send {
  const { store, accounts, limiter, gate, textLimits, isDraining, onAppended, clock = Date.now } = options

  return async (from, request) => {
    const nonce = nonceOf(request)
    let message: Pick<Draft, 'to' | 'text' | 'replyTo'>
    try {
      if (isDraining()) throw new Refusal('DRAINING')
      limiter.send(from.id)
      const { to, text } = await read(request)
      const passed = to ? gate.private(from.id, to.id) : gate.public(from.id)
      if (passed) await passed
      message = { to, text, replyTo: request.replyTo == null ? null : await quoted(from, to, request.replyTo) }
    } catch (refusal) {
      const first = nonce && (await store.findNonce(from.id, nonce.key))
      if (!first) throw refusal
      if (!Buffer.from(first.digest).equals(nonce.digest)) throw new Refusal('NONCE_REUSED')
      return { ...first.entry, text: first.entry.text ?? textOf(request) }
    }
    const sentAt = clock()
    const started = performance.now()
    const appended = await store.append({ messageId: messageId(sentAt), from, ...message, sentAt, nonce })
    onAppended?.((performance.now() - started) / 1000)
    switch (appended.status) {
      case 'stored':
        if (appended.repeated) limiter.refundSend(from.id)
        return appended.entry
      case 'nonce-reused':
        throw new Refusal('NONCE_REUSED')
      case 'gone':
        if (appended.who === 'from') throw new Refusal('UNAUTHENTICATED')
        if (message.to) accounts.forget(message.to.id)
        throw new Refusal('UNKNOWN_RECIPIENT')
    }
  }

  function nonceOf({ nonce, operationId, path, ...args }: SendRequest): Nonce | null {
    const own = parseNonce(nonce)
    if (own !== null) return { key: nonceKey({ nonce: own }), digest: nonceDigest(store.secret, args) }
    if (operationId === null || !isUuid(operationId)) return null
    return { key: nonceKey({ operationId, path }), digest: nonceDigest(store.secret, args) }
  }

  async function read({ text, to, plain }: SendRequest): Promise<{ to: AccountRef | null; text: string }> {
    // A recipient that is given makes it private, whatever else: an empty one is nobody, never everyone.
    if (typeof to === 'string') return { to: await recipient(to), text: checkText(text, textLimits) }
    if (plain) return { to: null, text: checkText(text, textLimits) }
    const typed = parseTyped(text)
    if (typed.kind === 'public') return { to: null, text: checkText(typed.text, textLimits) }
    return { to: await recipient(typed.to), text: checkText(typed.text, textLimits) }
  }

  /** Whoever may see the message must be able to see what it answers, or its reference would tell of a private one. */
  async function quoted(from: AccountRef, to: AccountRef | null, id: string): Promise<MessageRef> {
    const found = await store.message(from.id, id)
    if (!found || found.deletedAt !== null) throw new Refusal('UNKNOWN_MESSAGE')
    // A private one that the sender may see is between the sender and somebody: is that the recipient?
    const isBetweenBoth = to !== null && found.to !== null && samePair([found.from, found.to], [from, to])
    if (found.to !== null && !isBetweenBoth) throw new Refusal('UNKNOWN_MESSAGE')
    return { messageId: found.messageId, position: found.position, from: found.from }
  }

  async function recipient(name: string): Promise<AccountRef> {
    const account = await accounts.byName(name)
    if (!account) throw new Refusal('UNKNOWN_RECIPIENT', 'Nobody has that name: look at `users` for who is here.')
    return account
  }
}

function samePair([a, b]: readonly [AccountRef, AccountRef], [c, d]: readonly [AccountRef, AccountRef]): boolean {
  return (a.id === c.id && b.id === d.id) || (a.id === d.id && b.id === c.id)
}

/** What `read` takes for the text. Only of arguments that were sent once, so reading them throws nothing. */
function textOf({ text, to, plain }: SendRequest): string {
  return typeof to === 'string' || plain ? text : parseTyped(text).text
}
