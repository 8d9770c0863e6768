// Pages, sends, commands, conversations, search and typing that answer something else.
import type { Json } from '../mutant-proxy.ts'
import { errorOf, field, type Mutant, mutant, variables } from './mutant.ts'

const isUuid = (text: unknown): boolean =>
  typeof text === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)

const pageInfo = (change: object) => () =>
  field('messages', page => ({ ...page, pageInfo: { ...page.pageInfo, ...change } }))

/** What is typed like this goes out to everyone. */
const broadcast = (pattern: RegExp) => () =>
  variables('sendMessage', given => {
    if (given.to === undefined && pattern.test(given.text ?? '')) given.plain = true
  })

export const answers: readonly Mutant[] = [
  mutant('pages descend', 'PAGE-1a PAGE-1b PAGE-1c PAGE-2c PAGE-2e EDIT-4a', () =>
    field('messages', page => ({ ...page, nodes: page.nodes.toReversed() })),
  ),
  mutant('a page has the oldest messages', 'PAGE-1c', () => ({
    operation({ query, variables }) {
      if (/\bmessages\(/.test(query)) delete variables.limit
    },
    ...field('messages', (page, { variables }) =>
      variables.since || variables.before ? page : { ...page, nodes: page.nodes.slice(0, 3) },
    ),
  })),
  mutant('`scope` is not read', 'PAGE-2a PAGE-2b', () => variables('messages', given => void delete given.scope)),
  mutant('`with` is not read', 'PAGE-2c', () => variables('messages', given => void delete given.with)),
  mutant('without a filter there are private messages alone', 'PAGE-2e', () =>
    field('messages', (page, { variables }) =>
      variables.scope ? page : { ...page, nodes: page.nodes.filter(({ to }: Json) => to) },
    ),
  ),
  mutant('an empty page has no `endCursor`', 'PAGE-4a CURSOR-2b', () =>
    field('messages', page =>
      page.nodes.length > 0 ? page : { ...page, pageInfo: { ...page.pageInfo, endCursor: null } },
    ),
  ),
  mutant('there is never a next page', 'PAGE-5a', pageInfo({ hasNextPage: false })),
  mutant('there is always a previous page', 'PAGE-5b', pageInfo({ hasPreviousPage: true })),
  mutant('a page does not say where it begins', 'PAGE-5c', pageInfo({ startCursor: null })),
  mutant('users are in no order', 'PAGE-6', () =>
    field('users', page => ({ ...page, nodes: page.nodes.toReversed() })),
  ),
  mutant('the next page of users begins where this one does', 'PAGE-6', () => {
    let pages = 0
    return field('users', page => ({ ...page, pageInfo: { ...page.pageInfo, hasNextPage: ++pages % 3 !== 0 } }))
  }),
  mutant('the nonce is not read', 'SEND-1a SEND-1b SEND-1c SEND-1d SEND-1e SEND-3a', () =>
    variables('sendMessage', given => void delete given.nonce),
  ),
  mutant('a nonce of anybody is everybody’s', 'SEND-1f', () => {
    const sent = new Map<string, Json>()
    return field('sendMessage', (message, { variables: { nonce } }) => {
      if (nonce && !sent.has(nonce)) sent.set(nonce, message)
      return sent.get(nonce) ?? message
    })
  }),
  mutant('the nonce is looked up after the recipient', 'SEND-2', () => {
    let gone = false
    return {
      operation({ query, variables }) {
        if (query.includes('deleteAccount')) gone = true
        if (gone && variables.text?.startsWith('/msg ')) delete variables.nonce
      },
    }
  }),
  mutant('a refused send uses up its nonce', 'SEND-3b', () => {
    const used = new Set<string>()
    return {
      result(result, { variables: { nonce } }) {
        if (nonce && used.has(nonce)) return errorOf('NONCE_REUSED')
        if (nonce && result.errors) used.add(nonce)
        return result
      },
    }
  }),
  mutant('a UUID as operation id is no nonce', 'SEND-4a', () => ({
    fromClient: message => [isUuid(message.id) ? { ...message, id: `uu-${message.id}` } : message],
    fromServer: message => [
      isUuid(message.id?.slice(3)) ? { ...message, id: message.id.replace(/^uu-/, '') } : message,
    ],
  })),
  mutant('any operation id is a nonce', 'SEND-4b', () => ({
    fromClient(message) {
      const { query, variables } = message.payload ?? {}
      if (query?.includes('sendMessage')) variables.nonce ??= message.id
      return [message]
    },
  })),
  mutant('a note to oneself is refused', 'SEND-8b', () => ({
    result(result) {
      const { from, to } = result.data?.sendMessage ?? {}
      return from && to?.id === from.id ? errorOf('UNKNOWN_RECIPIENT') : result
    },
  })),
  mutant('`/MSG` is broadcast', 'COMMAND-2c', broadcast(/^\/(MSG|Dm) /)),
  mutant('`/w` and `/dm` are broadcast', 'COMMAND-2b', broadcast(/^\/(w|dm) /)),
  mutant('`/msg` is broadcast', 'COMMAND-2a COMMAND-2d COMMAND-2e COMMAND-2f', broadcast(/^\/msg/)),
  mutant('a command behind white space is broadcast', 'COMMAND-1a', broadcast(/^\s/)),
  mutant('a command with the full-width slash is broadcast', 'COMMAND-1b', broadcast(/^／/)),
  mutant('a command behind invisible characters is broadcast', 'COMMAND-1c COMMAND-1d', broadcast(/^\u200b/)),
  mutant('an unknown command is broadcast', 'COMMAND-4 COMMAND-1d', broadcast(/^\/(?!msg|w |dm)/i)),
  mutant('`//` is kept', 'COMMAND-3', broadcast(/^\/\//)),
  mutant('a text with `to` is read as typed', 'COMMAND-5a', () =>
    variables('sendMessage', given => {
      if (given.to !== undefined && given.text.startsWith('/')) delete given.to
    }),
  ),
  mutant('`plain` is not read', 'COMMAND-5b', () => variables('sendMessage', given => void delete given.plain)),
  mutant('`plain` is public', 'COMMAND-5c', () =>
    variables('sendMessage', given => {
      if (given.plain) delete given.to
    }),
  ),
  mutant('a text of the limit is too long', 'TEXT-1c', () => ({
    result: (result, { variables }) =>
      [...(variables?.text ?? '')].length >= 4_000 ? errorOf('TEXT_TOO_LONG') : result,
  })),
  mutant('a text that is too long is told nothing of the limit', 'TEXT-1b', () => ({
    json: text => text.replaceAll('"actual"', '"length"'),
  })),
  mutant('texts are trimmed and composed', 'TEXT-4', () =>
    field('sendMessage', message => ({ ...message, text: message.text.trim().normalize() })),
  ),
  mutant('texts of feeds have their format characters taken out', 'TEXT-4', () =>
    field('onEvent', event =>
      event.message
        ? { ...event, message: { ...event.message, text: event.message.text.replaceAll(/\p{Cf}/gu, '') } }
        : event,
    ),
  ),
  mutant('replies forget what they answer', 'REPLY-1a REPLY-1b REPLY-1c REPLY-1d REPLY-1e REPLY-2a', () =>
    variables('sendMessage', given => void delete given.replyTo),
  ),
  mutant('an edit to the text that there is changes it', 'EDIT-5a', () =>
    variables('editMessage', given => {
      given.text += ' '
    }),
  ),
  mutant('a second deletion is refused', 'EDIT-5b', () => {
    const deleted = new Set<string>()
    return {
      result(result, { query, variables: { id } }) {
        if (!query.includes('deleteMessage')) return result
        if (deleted.has(id)) return errorOf('UNKNOWN_MESSAGE')
        deleted.add(id)
        return result
      },
    }
  }),
  mutant('an edit reads commands', 'EDIT-6a', () => ({
    result: (result, { query, variables }) =>
      query.includes('editMessage') && variables.text?.startsWith('/') ? errorOf('UNKNOWN_COMMAND') : result,
  })),
  mutant('conversations are listed the oldest first', 'READ-1a READ-1b', () =>
    field('conversations', list => list.toReversed()),
  ),
  mutant('`before` is not read', 'READ-1b SEARCH-3 PAGE-1b', () => ({
    operation: ({ variables }) => void delete variables.before,
  })),
  mutant('own messages are unread, and deleted ones', 'READ-2a READ-2b', () =>
    field('conversations', list => list.map((each: Json) => ({ ...each, unread: each.unread + 1 }))),
  ),
  mutant('a position moves back', 'READ-3a', () =>
    field('markRead', (noted, { variables: { cursor } }) => ({ ...noted, cursor })),
  ),
  mutant('positions are not told', 'READ-4', () => field('onReadPosition', () => [])),
  mutant('everybody knows how far others have read', 'READ-5', () => {
    let last: string | null = null
    return {
      result(result) {
        last = result.data?.markRead?.cursor ?? last
        for (const each of result.data?.conversations ?? []) each.readUpTo ??= last
        return result
      },
    }
  }),
  mutant('`withId` is not read', 'READ-6a READ-6b', () => ({
    operation: ({ variables }) => void delete variables.withId,
  })),
  mutant('search finds nothing', 'SEARCH-1a SEARCH-2a SEARCH-2b SEARCH-3 SEARCH-4 SEARCH-5a SEARCH-5b', () =>
    field('search', page => ({ ...page, nodes: [] })),
  ),
  mutant('search takes anything', 'SEARCH-6a', () =>
    variables('search', given => {
      given.text = 'audit'
    }),
  ),
  mutant('setTyping is always true', 'TYPING-1a', () => ({
    result: result => (result.data?.setTyping === false ? { data: { setTyping: true } } : result),
  })),
  mutant('writing to everyone is told as private', 'TYPING-2a', () =>
    field('onTyping', list => list.map((each: Json) => ({ ...each, private: true }))),
  ),
  mutant('writing to one person is told to everyone', 'TYPING-2b TYPING-1b', () =>
    variables('setTyping', given => void delete given.to),
  ),
  mutant('nobody knows how long a message is kept', 'CURSOR-10', () =>
    field('server', server => ({ ...server, limits: { ...server.limits, retainedDays: null } })),
  ),
]
