// Feeds and messages that are lost, doubled, out of order, or seen by whom they are not for.
import type { Alterations, Json, Wire } from '../mutant-proxy.ts'
import { field, isAdded, type Mutant, mutant, rootOf } from './mutant.ts'

const count = (wire: Wire, key: string): number => {
  const next = (wire.kept.get(key) ?? 0) + 1
  wire.kept.set(key, next)
  return next
}

const isCaughtUp = (message: Json): boolean => rootOf(message, 'onEvent')?.__typename === 'CaughtUp'

/** Messages as they were first seen, by id and by cursor. */
function memory() {
  const byId = new Map<string, Json>()
  const byCursor = new Map<string, Json>()
  const see = (value: Json): void => {
    if (Array.isArray(value)) return value.forEach(see)
    if (typeof value !== 'object' || value === null) return
    if (typeof value.id === 'string' && typeof value.text === 'string' && 'sentAt' in value && !byId.has(value.id)) {
      byId.set(value.id, structuredClone(value))
      byCursor.set(value.cursor, byId.get(value.id))
    }
    Object.values(value).forEach(see)
  }
  return { byId, byCursor, see }
}

/** Whoever listens hears of every private message, or of what becomes of it: by mutation, as what. */
function toEverybody(events: Readonly<Record<string, string>>): Alterations {
  const listening = new Map<Wire, string>()
  return {
    fromServer(message, wire) {
      if (rootOf(message, 'onEvent')) listening.set(wire, message.id)
      return [message]
    },
    result(result) {
      for (const [mutation, __typename] of Object.entries(events)) {
        const message = result.data?.[mutation]
        if (!message?.to) continue
        const onEvent = { __typename, cursor: message.cursor, message }
        for (const [wire, id] of listening) wire.inject({ id, type: 'next', payload: { data: { onEvent } } })
      }
      return result
    },
  }
}

const delay = (ms: number): Promise<void> => new Promise(resolve => void setTimeout(resolve, ms))

export const feeds: readonly Mutant[] = [
  mutant(
    'live messages are lost, all but notes to oneself',
    'PROMISE-2a PROMISE-2b FEED-1a FEED-7a FEED-7b CLOSE-2b',
    () => ({
      fromServer(message, wire) {
        if (isCaughtUp(message)) wire.kept.set(message.id, true)
        if (!isAdded(message) || !wire.kept.get(message.id)) return [message]
        const { from, to } = message.payload.data.onEvent.message
        return to?.id === from.id ? [message] : []
      },
    }),
  ),
  mutant('a feed without `since` begins before now', 'FEED-3 FEED-4d', () => {
    const seen = memory()
    return {
      result(result) {
        seen.see(result)
        return result
      },
      // Whatever was said so far, before it says that it has caught up.
      fromServer(message) {
        if (!isCaughtUp(message)) return [message]
        const earlier = [...seen.byId.values()].map(said => {
          const event = structuredClone(message)
          event.payload.data.onEvent = { __typename: 'MessageAdded', cursor: said.cursor, message: said }
          return event
        })
        return [...earlier, message]
      },
    }
  }),
  mutant('the cursor of an edit is none', 'EDIT-4c', () => ({
    fromServer(message) {
      const event = rootOf(message, 'onEvent')
      if (event?.__typename === 'MessageEdited') event.cursor = event.cursor.slice(0, -1)
      return [message]
    },
  })),
  mutant('every third message of a feed is lost', 'PROMISE-2c FEED-1b PAGE-4b', () => ({
    fromServer: (message, wire) => (isAdded(message) && count(wire, message.id) % 3 === 0 ? [] : [message]),
  })),
  mutant('a replay misses its first private message', 'FEED-1a FEED-4b EDIT-3b EDIT-3c', () => ({
    fromServer(message, wire) {
      if (isCaughtUp(message)) wire.kept.set(`live ${message.id}`, true)
      const isReplay = isAdded(message) && !wire.kept.get(`live ${message.id}`)
      const isPrivate = isReplay && message.payload.data.onEvent.message.to
      return isPrivate && count(wire, message.id) === 1 ? [] : [message]
    },
  })),
  mutant(
    'messages come twice',
    'PROMISE-2a PROMISE-2b FEED-2a FEED-7a SEND-1a SEND-1c SEND-4a EDIT-5a EDIT-5b',
    () => ({
      fromServer: message => (isAdded(message) ? [message, message] : [message]),
    }),
  ),
  mutant('every other message comes before the one that it follows', 'PROMISE-2c FEED-1b', () => ({
    fromServer(message, wire) {
      if (!isAdded(message)) return [message]
      const held = wire.kept.get(message.id)
      wire.kept.delete(message.id)
      if (held) return [message, held]
      // Notes, of one word, are not held: whoever waits for one would wait for ever.
      if (!message.payload.data.onEvent.message.text.includes(' ')) return [message]
      wire.kept.set(message.id, message)
      return []
    },
  })),
  mutant('each account has an order of its own', 'FEED-2b', () => ({
    fromServer(message, wire) {
      if (!isAdded(message) || wire.number % 2 === 0) return [message]
      const { text } = message.payload.data.onEvent.message
      const held: Json[] = wire.kept.get('held') ?? []
      if (text.includes(' ')) {
        wire.kept.set('held', [message, ...held])
        return []
      }
      wire.kept.set('held', [])
      return [...held, message]
    },
  })),
  mutant(
    'private messages go to every feed',
    'PROMISE-4a COMMAND-1a COMMAND-1b COMMAND-1c COMMAND-2a COMMAND-2b COMMAND-2c SEND-8b',
    () => toEverybody({ sendMessage: 'MessageAdded' }),
  ),
  mutant('changes of private messages go to every feed', 'EDIT-1c', () =>
    toEverybody({ editMessage: 'MessageEdited', deleteMessage: 'MessageDeleted' }),
  ),
  mutant('a session that has ended hears on for a second', 'CLOSE-2b CLOSE-2c', () => ({
    ...toEverybody({ sendMessage: 'MessageAdded' }),
    async serverFrame(frame) {
      if (frame.opcode === 8) await delay(1_300)
      return [frame]
    },
  })),
  mutant('a stream has the private messages of others', 'PROMISE-4b', () => {
    const seen = memory()
    return {
      result(result) {
        seen.see(result)
        return result
      },
      event(block) {
        const secret = [...seen.byId.values()].findLast(({ to, from }) => to && to.id !== from.id)
        if (!secret || !block.includes('"MessageAdded"')) return block
        const event = { __typename: 'MessageAdded', cursor: secret.cursor, message: secret }
        return `event: next\ndata: ${JSON.stringify({ data: { onEvent: event } })}\n\n${block}`
      },
    }
  }),
  mutant('pages have private messages of others', 'PROMISE-4c ENTER-6b PAGE-2a', () => {
    const seen = memory()
    return {
      result(result) {
        seen.see(result)
        const page = result.data?.messages
        if (!page?.nodes) return result
        for (const secret of [...seen.byId.values()].filter(({ to }) => to)) {
          if (!page.nodes.some(({ id }: Json) => id === secret.id)) page.nodes.push(secret)
        }
        return result
      },
    }
  }),
  mutant('any message can be read by its id', 'PROMISE-4d REPLY-2b', () => {
    const seen = memory()
    return {
      result(result, { variables }) {
        seen.see(result)
        if (result.data?.message === null) result.data.message = seen.byId.get(variables.id) ?? null
        return result
      },
    }
  }),
  mutant("search finds others' private messages", 'PROMISE-4e SEARCH-4', () => {
    const seen = memory()
    return {
      result(result, { variables }) {
        seen.see(result)
        const found = [...seen.byId.values()].filter(({ text }) => text.includes(variables.text))
        if (result.data?.search) result.data.search.nodes = found
        return result
      },
    }
  }),
  mutant('conversations between others are listed', 'PROMISE-4f READ-1a', () =>
    field('conversations', list => [
      ...list,
      {
        with: { id: 'x', username: 'x', deletedAt: null },
        latest: null,
        readUpTo: null,
        unread: list.length + Math.random(),
      },
    ]),
  ),
  mutant("the newest place of the log is everybody's", 'CURSOR-2a', () => {
    const seen = memory()
    return {
      result(result) {
        seen.see(result)
        const page = result.data?.messages
        if (page) page.pageInfo.endCursor = [...seen.byCursor.keys()].toSorted().at(-1) ?? page.pageInfo.endCursor
        return result
      },
    }
  }),
  mutant('`since` is inclusive', 'FEED-1c', () => {
    const seen = memory()
    return {
      result(result) {
        seen.see(result)
        return result
      },
      fromServer(message, wire) {
        const since = seen.byCursor.get(wire.operations.get(message.id)?.variables?.since)
        if (!since || !rootOf(message, 'onEvent') || wire.kept.get(message.id)) return [message]
        wire.kept.set(message.id, true)
        const event = { __typename: 'MessageAdded', cursor: since.cursor, message: since }
        return [{ id: message.id, type: 'next', payload: { data: { onEvent: event } } }, message]
      },
    }
  }),
  mutant('a page has the message at `since` too', 'PAGE-1a CURSOR-2b', () => {
    const seen = memory()
    return {
      result(result, { variables }) {
        seen.see(result)
        const since = seen.byCursor.get(variables?.since) ?? (variables?.since ? { id: 'x' } : null)
        if (result.data?.messages && since) result.data.messages.nodes.unshift(since)
        return result
      },
    }
  }),
  mutant('cursors do not sort', 'CURSOR-1 FEED-8', () =>
    field('sendMessage', message => ({ ...message, cursor: [...message.cursor].toReversed().join('') })),
  ),
  mutant('damaged cursors are taken for none: a silent restart', 'CURSOR-3a CURSOR-3c CURSOR-6 SOCK-4d', () => ({
    operation({ variables }) {
      for (const name of ['since', 'before', 's']) {
        if (typeof variables[name] === 'string' && variables[name].length !== 24) delete variables[name]
      }
    },
  })),
  mutant('CaughtUp comes twice', 'FEED-4a', () => ({
    fromServer: message => (isCaughtUp(message) ? [message, message] : [message]),
  })),
  mutant('CaughtUp counts one more', 'FEED-4b', () =>
    field('onEvent', event => (event.__typename === 'CaughtUp' ? { ...event, replayed: event.replayed + 1 } : event)),
  ),
  mutant('CaughtUp has the cursor of another place', 'FEED-4c FEED-4d', () =>
    field('onEvent', event => (event.__typename === 'CaughtUp' ? { ...event, cursor: '0'.repeat(24) } : event)),
  ),
  mutant('an edit has no cursor', 'FEED-5', () =>
    field('onEvent', event => (event.__typename === 'MessageEdited' ? { ...event, cursor: '' } : event)),
  ),
  mutant('onMessage delivers twice', 'FEED-6a FEED-6b', () => ({
    fromServer: message => (rootOf(message, 'onMessage') ? [message, message] : [message]),
  })),
  mutant('long texts do not come to feeds', 'FEED-10 SLOW-1', () => ({
    fromServer: (message, wire) =>
      isAdded(message) && message.payload.data.onEvent.message.text.length > 5_000 && count(wire, message.id) % 3 === 0
        ? []
        : [message],
  })),
  mutant('there are events of a kind that nobody knows', 'TYPING-3', () => ({
    fromServer: message =>
      isAdded(message)
        ? [{ ...message, payload: { data: { onEvent: { __typename: 'Typing', cursor: 'x' } } } }, message]
        : [message],
  })),
  mutant('a feed never tells of edits', 'EDIT-1a FEED-5', () => ({
    fromServer: message => (rootOf(message, 'onEvent')?.__typename === 'MessageEdited' ? [] : [message]),
  })),
  mutant('a feed never tells of deletions', 'EDIT-1b EDIT-3c EDIT-5b', () => ({
    fromServer: message => (rootOf(message, 'onEvent')?.__typename === 'MessageDeleted' ? [] : [message]),
  })),
  mutant('the first text of a message is remembered for ever', 'EDIT-3a EDIT-3b EDIT-1a PAGE-3 SEND-1e EDIT-6a', () => {
    const seen = memory()
    const old = (value: Json): Json => {
      if (Array.isArray(value)) return value.map(old)
      if (typeof value !== 'object' || value === null) return value
      const text = seen.byId.get(value.id)?.text
      const altered = Object.fromEntries(Object.entries(value).map(([key, each]) => [key, old(each)]))
      return text === undefined || !('sentAt' in value) ? altered : { ...altered, text }
    }
    return {
      result(result) {
        seen.see(result)
        return old(result)
      },
    }
  }),
  mutant('what was deleted keeps its text on pages', 'EDIT-4b', () => {
    const seen = memory()
    return {
      result(result) {
        seen.see(result)
        for (const node of result.data?.messages?.nodes ?? []) node.text ||= seen.byId.get(node.id)?.text
        return result
      },
    }
  }),
]
