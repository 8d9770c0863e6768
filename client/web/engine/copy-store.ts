// The device's own copy of an account's conversations, in IndexedDB: what the page shows before the network answers.
//
// One engine writes it, the one that opened it last: each writing looks in its own transaction whether it is still the
// owner, and whether the copy is still there. So neither an old worker beside a new one, nor one that has not heard yet
// that the account has left, can put anything back. Where storage is denied or full, there is simply no copy.
import { lastingDatabase } from '../../core/indexed-db-storage.ts'
import type { Message } from '../../core/types.ts'
import { type Conversation, type ConversationKey, isFor, type Person } from '../model/conversation.ts'
import type { KeptMark } from './marks.ts'

export interface KeptConversation
  extends Pick<Conversation, 'key' | 'peer' | 'isGone' | 'messages' | 'completeFrom' | 'hasEarlier'> {
  readonly mark: KeptMark
}

export interface Copy {
  /** The feed goes on from here: everything up to it is in the conversations. */
  readonly cursor: string
  readonly textLimit: number | null
  readonly hasOlder: boolean
  readonly conversations: readonly KeptConversation[]
}

/** What has changed since the last writing. */
export interface CopyChange extends Copy {
  /** Conversations that are no longer kept. */
  readonly dropped: readonly ConversationKey[]
  /** Nothing of what was there before stays. */
  readonly isAnew: boolean
}

export interface CopyStore {
  /** Becomes the owner. Null: there is none, none that can be read, or none of this version. */
  load(): Promise<Copy | null>
  /** Does nothing when somebody else is the owner by now. False: the browser refused, and nothing of it is there. */
  save(change: CopyChange): Promise<boolean>
  /** There is still an owner, but nothing to own. */
  clear(): Promise<void>
  /** Whoever owns it. Final. */
  erase(): Promise<void>
  close(): void
}

const DATABASE = 'recado-copy'
const ACCOUNTS = 'accounts'
const CONVERSATIONS = 'conversations'
/** Of the records. Another one is not read. */
const FORMAT = 1

interface AccountRecord {
  readonly account: string
  readonly format: number
  readonly owner: string
  /** Null: nothing is kept yet. */
  readonly cursor: string | null
  readonly textLimit: number | null
  readonly hasOlder: boolean
}

/**
 * @param account names it: the server's address and the account's id
 * @param owner a random name of this engine
 */
export function createCopyStore(account: string, me: Person, owner: string, name = DATABASE): CopyStore {
  const database = createDatabase(name)
  const { transact } = database
  const all = () => IDBKeyRange.bound([account], [account, []])

  /** Calls `write` if this engine is still the owner. */
  function asOwner(accounts: IDBObjectStore, write: (record: AccountRecord) => void): void {
    const asked: IDBRequest<AccountRecord | undefined> = accounts.get(account)
    asked.onsuccess = () => {
      if (asked.result?.owner === owner) write(asked.result)
    }
  }

  return {
    load: () =>
      ifPossible(
        () =>
          transact((accounts, conversations) => {
            const record: IDBRequest<AccountRecord | undefined> = accounts.get(account)
            const rows: IDBRequest<unknown[]> = conversations.getAll(all())
            // A browser is one person at a time: whoever was in before is gone, however that came about.
            deleteOthers(accounts, account)
            deleteOthers(conversations, account)
            record.onsuccess = () => {
              const nothing = { account, format: FORMAT, owner, cursor: null, textLimit: null, hasOlder: false }
              accounts.put(record.result?.format === FORMAT ? { ...record.result, owner } : nothing)
            }
            return () => {
              const { format, cursor, textLimit, hasOlder } = record.result ?? {}
              if (format !== FORMAT || !cursor) return null
              const kept = rows.result.map(row => parseKept(row, me)).filter(row => row !== null)
              return { cursor, textLimit: textLimit ?? null, hasOlder: hasOlder ?? false, conversations: kept }
            }
          }),
        null,
      ),

    save: ({ cursor, textLimit, hasOlder, conversations: changed, dropped, isAnew }) =>
      ifPossible(
        () =>
          transact((accounts, conversations) => {
            asOwner(accounts, record => {
              accounts.put({ ...record, cursor, textLimit, hasOlder })
              if (isAnew) conversations.delete(all())
              for (const key of dropped) conversations.delete([account, key])
              for (const conversation of changed) conversations.put({ account, ...conversation })
            })
            return () => true
          }),
        false,
      ),

    clear: () =>
      ifPossible(
        () =>
          transact((accounts, conversations) => {
            asOwner(accounts, record => {
              accounts.put({ ...record, cursor: null })
              conversations.delete(all())
            })
            return () => {}
          }),
        undefined,
      ),

    erase: () =>
      ifPossible(
        () =>
          transact((accounts, conversations) => {
            accounts.delete(account)
            conversations.delete(all())
            return () => {}
          }),
        undefined,
      ),

    close: database.close,
  }
}

/**
 * Every copy goes, whoever it was of, and whether or not anything is open to do it.
 *
 * @param spared the account that is in now, as `createCopyStore` names it; null: nobody is
 */
export async function eraseCopies(spared: string | null, name = DATABASE): Promise<void> {
  const { transact, close } = createDatabase(name)
  await ifPossible(
    () =>
      transact((accounts, conversations) => {
        if (spared === null) {
          accounts.clear()
          conversations.clear()
        } else {
          for (const range of [IDBKeyRange.upperBound(spared, true), IDBKeyRange.lowerBound(spared, true)]) {
            accounts.delete(range)
          }
          // An array comes after every string.
          for (const range of [IDBKeyRange.upperBound([spared], true), IDBKeyRange.lowerBound([spared, []], true)]) {
            conversations.delete(range)
          }
        }
        return () => {}
      }),
    undefined,
  )
  close()
}

/** Denied or full: as if there were none. */
async function ifPossible<Result>(work: () => Promise<Result>, otherwise: Result): Promise<Result> {
  try {
    return await work()
  } catch {
    return otherwise
  }
}

function createDatabase(name: string) {
  const { open, close } = lastingDatabase(name, database => {
    database.createObjectStore(ACCOUNTS, { keyPath: 'account' })
    database.createObjectStore(CONVERSATIONS, { keyPath: ['account', 'key'] })
  })

  return {
    /** Runs in one transaction; what it returns is read when that is complete. */
    async transact<Result>(
      work: (accounts: IDBObjectStore, conversations: IDBObjectStore) => () => Result,
    ): Promise<Result> {
      const database = await open()
      return new Promise<Result>((resolve, reject) => {
        const transaction = database.transaction([ACCOUNTS, CONVERSATIONS], 'readwrite', { durability: 'relaxed' })
        const result = work(transaction.objectStore(ACCOUNTS), transaction.objectStore(CONVERSATIONS))
        transaction.oncomplete = () => resolve(result())
        transaction.onabort = () => reject(transaction.error)
      })
    },
    close,
  }
}

function deleteOthers(store: IDBObjectStore, account: string): void {
  const keys = store.getAllKeys()
  keys.onsuccess = () => {
    for (const key of keys.result) if ((Array.isArray(key) ? key[0] : key) !== account) store.delete(key)
  }
}

/** Null: damaged. What is not for this account is left out, however it came there. */
function parseKept(row: unknown, me: Person): KeptConversation | null {
  if (typeof row !== 'object' || row === null || !('key' in row) || !('messages' in row) || !('mark' in row))
    return null
  if (typeof row.key !== 'string' || !Array.isArray(row.messages)) return null
  // Written by this very version: the format says so.
  const { key, peer, isGone, messages, completeFrom, hasEarlier, mark } = row as KeptConversation
  return { key, peer, isGone, messages: messages.filter((m: Message) => isFor(m, me)), completeFrom, hasEarlier, mark }
}
