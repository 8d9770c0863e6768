// Spaces with something of everything, and their content as lines: what a move must keep, to the letter.
import { randomUUID } from 'node:crypto'
import type { MessageEntry } from '../../server/domain/entry.ts'
import type { Dump, Load } from '../../server/store/archive/archive.ts'
import { transfer } from '../../server/store/archive/archive.ts'
import { readLines, writeLines } from '../../server/store/archive/lines.ts'
import type { Store } from '../../server/store/store.ts'
import { trimAll } from '../contract/retention.ts'
import { deletion, edit } from '../contract/revisions.ts'
import { claimOf, draftOf, enter, nonceOf, say, sessionOf, stored } from '../contract/store.ts'

export const LONG_NONCE = `o:${randomUUID()}:${'alias.'.repeat(15)}field`
const DIGEST_16 = Uint8Array.from({ length: 16 }, (_, n) => n * 3)

/** Accounts that live, were deleted, and took a freed name; sessions; nonces, short and long; messages, some trimmed. */
export async function fill(store: Store, messages = 60): Promise<void> {
  const joao = claimOf('João', { key: 'joao', skeleton: 'j0a0', passwordHash: '$argon2id$v=19$…', createdAt: 1_111 })
  await store.claim(joao)
  await store.setLastSeen(joao.id, 7_777)
  const maria = await enter(store, 'maria')
  const gone = await enter(store, 'zé.1')
  const silent = await enter(store, 'never-said-a-word')
  const bystander = await enter(store, 'ana')
  for (const account of [joao, maria, maria])
    await store.createSession(sessionOf({ ...account }, { expiresAt: 9_999_999 }))
  await say(store, gone, null, 'goodbye')
  await say(store, gone, joao, 'a secret')
  await store.append(draftOf(gone, maria, 'with a nonce', nonceOf('n:of one that is deleted')))
  await store.deleteAccount(gone.id, 5_000)
  await store.deleteAccount(silent.id, 6_000)
  await enter(store, 'zé.1')
  const peers = [null, maria, joao, null, bystander]
  for (let n = 0; n < messages; n++) {
    const text = `${n} “aspas” \\ \n\t \u2028 👩‍👩‍👧 \u0001 </script> ${'é'.repeat(n % 50)}`
    const nonce = n % 3 === 0 ? nonceOf(`n:${randomUUID()}`, DIGEST_16) : null
    await store.append(draftOf(joao, peers[n % peers.length] ?? null, text, nonce))
  }
  await store.markRead(joao.id, null, store.head())
  await store.markRead(joao.id, maria, 1_234)
  await store.markRead(maria.id, gone, store.head())
  await store.append(draftOf(joao, maria, 'long nonce', nonceOf(LONG_NONCE, DIGEST_16)))
  await store.append(draftOf(maria, maria, 'note', nonceOf('n:#tag', DIGEST_16)))
}

/** As `fill`, with replies, edits and deletions, of which some are of messages that were trimmed. */
export async function fillAndRevise(store: Store): Promise<void> {
  await fill(store, 20)
  const [joao, maria] = [await store.accountByKey('joao'), await store.accountByKey('maria')]
  if (!joao || !maria) throw new Error('two accounts')
  const [first, second, third] = [
    stored(await store.append(draftOf(joao, null, 'to be trimmed', nonceOf('n:revised', DIGEST_16)))),
    await say(store, joao, maria, 'secret'),
    stored(await store.append(draftOf(joao, null, 'kept', nonceOf('n:kept', DIGEST_16)))),
  ]
  const replyTo = ({ messageId, position, from }: MessageEntry) => ({ messageId, position, from })
  stored(await store.append({ ...draftOf(maria, null, 'answers what was trimmed'), replyTo: replyTo(first) }))
  stored(await store.append({ ...draftOf(maria, joao, 'answers what was kept'), replyTo: replyTo(third) }))
  await store.revise(edit(first, 'edited, then trimmed', joao))
  await store.revise(edit(second, 'edited secret', joao))
  await store.revise(edit(third, 'kept, and edited', joao))
  await store.revise(deletion(second, joao))
  await trimAll(store, { messages: 4 })
}

/** As `fill`, its oldest part trimmed. */
export async function fillAndTrim(store: Store, messages = 60): Promise<void> {
  await fill(store, messages)
  await trimAll(store, { messages: Math.ceil(messages / 2) })
}

export async function bytesOf(dump: Dump): Promise<Uint8Array[]> {
  try {
    const bytes: Uint8Array[] = []
    for await (const piece of writeLines(dump, () => {})) bytes.push(piece)
    return bytes
  } finally {
    await dump.close()
  }
}

/** The rows of a dump, in an order that is the same for every store, and what its header says. */
export async function contentOf(dump: Dump): Promise<{ header: object; rows: string[] }> {
  const text = Buffer.concat(await bytesOf(dump)).toString()
  const [first = '', ...rest] = text.trimEnd().split('\n')
  const { about, live, ...header } = JSON.parse(first)
  const rows = rest.slice(0, -1).map(line => {
    const [[kind, row] = []] = Object.entries<Record<string, unknown>>(JSON.parse(line))
    return JSON.stringify([kind, Object.entries(row ?? {}).sort()])
  })
  return { header, rows: [...new Set(rows)].sort() }
}

async function* pieces(bytes: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* bytes
}

/** Loads bytes of an archive, as the program does. */
export async function load(bytes: readonly Uint8Array[], target: Load): Promise<void> {
  const { rows } = await readLines(pieces(bytes))
  await transfer(rows, target, () => {})
}

export async function headerOf(bytes: readonly Uint8Array[]) {
  return (await readLines(pieces(bytes))).header
}
