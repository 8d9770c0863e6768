// Read positions and conversations in Redis: a hash of positions for each account, and the peers of each by their newest
// message, which are derived from the log when somebody asks (conversation-scripts.ts).
import { type AccountRef, ORIGIN, type Position } from '../../domain/entry.ts'
import { Refusal } from '../../domain/errors.ts'
import { readNotice } from '../../domain/notice.ts'
import {
  type Conversation,
  type ConversationStore,
  type Place,
  READ_POSITIONS_MOST,
  withEveryone,
} from '../conversations.ts'
import type { Connection } from './connection.ts'
import { DESCRIBE, LIST, MARK_READ } from './conversation-scripts.ts'
import { messageOfRows, stubFields } from './entries.ts'
import type { Assumption, History } from './history.ts'
import type { Keys } from './keys.ts'
import { type LogScript, runLogScript } from './log-scripts.ts'

export interface ConversationOptions {
  readonly writes: Connection
  readonly reads: Connection
  readonly history: History
  readonly keys: Keys
}

/** Of MARK_READ: what is noted, and whether it moved; one 0 for an account that is deleted. */
type MarkAnswer = [noted: Position, moved?: number]
/** Of LIST: 1, the newest public position, peers and positions; 0 to call again; -1 for no memory; 2 for no account. */
type ListAnswer = [state: -1 | 0 | 1 | 2, newestPublic: string, ...places: string[]]
/** Of DESCRIBE: five for each conversation that it has come to. */
type DescribeAnswer = (string | number)[]
type DescribedFields = [stub: string, text: string, readUpTo: string, unread: number, floor: Position]

/** In place of a peer's id. */
export const EVERYONE = ''
/** Beyond every position. */
const END: Position = Number.MAX_SAFE_INTEGER

export function createConversations({ writes, reads, history, keys }: ConversationOptions): ConversationStore {
  /** Runs a script that answers with nothing when this is another history. */
  async function ask<Answer extends unknown[]>(
    connection: Connection,
    script: LogScript,
    names: readonly string[],
    argsFor: (assumed: Assumption) => readonly (string | number)[],
  ): Promise<Answer> {
    const { assumed, answer } = await connection.run(async client => {
      const assumed = history.assume()
      const args = [assumed.epoch, assumed.known, ...argsFor(assumed)]
      return { assumed, answer: (await runLogScript(client, script, keys, names, args)) as Answer | [] }
    })
    if (answer.length > 0 && history.epoch === assumed.epoch) return answer as Answer
    await history.resolve()
    throw new Refusal(history.epoch === assumed.epoch ? 'STORAGE_UNAVAILABLE' : 'HISTORY_RESET')
  }

  async function placesOf(viewer: string, edge: Position, limit: number): Promise<readonly Place<string>[]> {
    const names = [keys.account(viewer), keys.privateOf(viewer), keys.peersOf(viewer)]
    for (;;) {
      const answer = await ask<ListAnswer>(reads, LIST, names, () => [viewer, edge, limit])
      const [state, newestPublic, ...places] = answer
      if (state === 0) continue
      if (state === 2) return []
      if (state < 0) throw new Refusal('STORAGE_UNAVAILABLE')
      const others: Place<string>[] = []
      for (let n = 0; n < places.length; n += 2)
        others.push({ peer: places[n] as string, newest: Number(places[n + 1]) })
      const newest = Number(newestPublic)
      return withEveryone(others, { peer: EVERYONE, newest: newest === ORIGIN ? null : newest }, edge, limit)
    }
  }

  async function describe(viewer: string, places: readonly Place<string>[]): Promise<(Conversation | null)[]> {
    const betweens = places.map(({ peer }) => (peer === EVERYONE ? keys.meta : keys.between(viewer, peer)))
    const names = [keys.texts, keys.account(viewer), keys.readsOf(viewer), keys.countsOf(viewer), ...betweens]
    const fields = await ask<DescribeAnswer>(reads, DESCRIBE, names, () => [
      viewer,
      ...places.flatMap(({ peer, newest }) => [peer, newest ?? ORIGIN]),
    ])
    return places.slice(0, fields.length / 5).map(({ peer }, n) => {
      const [stub, text, readUpTo, unread, floor] = fields.slice(5 * n, 5 * n + 5) as DescribedFields
      const latest = stub === '' ? null : messageOfRows(stubFields(stub), text, floor)
      const read = { readUpTo: readUpTo === '' ? null : Number(readUpTo), unread }
      if (peer === EVERYONE) return { peer: null, latest, ...read }
      // Trimmed since it was listed.
      if (!latest) return null
      return { peer: latest.from.id === peer ? latest.from : (latest.to as AccountRef), latest, ...read }
    })
  }

  return {
    async markRead(accountId, peer, position) {
      const names = [keys.account(accountId), keys.readsOf(accountId)]
      const notice = readNotice({ accountId, peer, position })
      const [noted, moved] = await ask<MarkAnswer>(writes, MARK_READ, names, () => [
        position,
        peer?.id ?? EVERYONE,
        keys.user + accountId,
        notice,
      ])
      return moved === undefined ? null : { position: noted, moved: moved === 1 }
    },

    readPositions: accountId =>
      reads.run(async client => {
        const found = Object.entries(await client.hgetall(keys.readsOf(accountId)))
          .map(([peer, position]) => ({ peer, position: Number(position) }))
          .sort((a, b) => b.position - a.position)
          .slice(0, READ_POSITIONS_MOST)
        const nameOf = (id: string) => (id === EVERYONE ? null : client.hget(keys.account(id), 'username'))
        const names = await Promise.all(found.map(({ peer }) => nameOf(peer)))
        return found.map(({ peer, position }, n) => {
          const username = names[n]
          return { peer: username == null ? null : { id: peer, username }, position }
        })
      }),

    async conversations({ viewer, before = END, limit }) {
      let places = await placesOf(viewer, before, limit)
      const conversations: Conversation[] = []
      while (places.length > 0) {
        const described = await describe(viewer, places)
        conversations.push(...described.filter(conversation => conversation !== null))
        places = places.slice(described.length)
      }
      return conversations
    },
  }
}
