// Notices: what the store's script writes is read back whole, and nothing else is taken for one.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UNREVISED } from '../../server/domain/entry.ts'
import {
  allTopic,
  type LinkNotice,
  parseNotice,
  readNotice,
  type TypingNotice,
  typingMessage,
  userTopic,
} from '../../server/domain/notice.ts'

const PUBLIC = ['p', 20, 10, 'abcdefgh', 'm1', 'a', 'ana', 1_700_000_000_000, 'oi']
const STUB = ['s', 20, 10, 'abcdefgh', 'a', 'b']
const PRIVATE = ['m', 20, 10, 'abcdefgh', 'm1', 'a', 'ana', 'b', 'bia', 1_700_000_000_000, 'segredo']
const REPLY: unknown[] = ['m0', 3, 'b', 'bia']
const OPEN: unknown[] = ['m1', 'a', 'ana', 1_700_000_000_000]
const SECRET: unknown[] = ['m1', 'a', 'ana', 'b', 'bia', 1_700_000_000_000]
const EDIT: unknown[] = ['v', 20, 10, 'abcdefgh', 1_700_000_100_000, 'e', [5, 'novo', 20, 1_700_000_100_000, 0], OPEN]
const DELETION: unknown[] = ['v', 20, 10, 'abcdefgh', 1_700_000_100_000, 'd', [5, '', 20, 0, 1_700_000_100_000], SECRET]

const AS_SENT = { replyTo: null, ...UNREVISED }

describe('a notice', () => {
  it('of a public entry has the entry, and what came before it', () => {
    const from = { id: 'a', username: 'ana' }
    const entry = {
      kind: 'added',
      position: 20,
      messageId: 'm1',
      from,
      to: null,
      text: 'oi',
      sentAt: 1_700_000_000_000,
      ...AS_SENT,
    }
    expect(parseNotice(PUBLIC)).toEqual({ kind: 'link', epoch: 'abcdefgh', previous: 10, entry })
  })

  it('of somebody who is writing is read as it was written, what is private on the topic of whom it is for', () => {
    const from = { id: 'a', username: 'ana' }
    for (const to of [null, 'b']) {
      const said: TypingNotice = { kind: 'typing', from, to }
      const { topic, notice } = typingMessage('main', 0, said)
      expect(parseNotice(JSON.parse(JSON.stringify(notice)))).toEqual(said)
      expect(topic).toBe(to === null ? allTopic('main', 0) : userTopic('main', 0, 'b'))
    }
    for (const damaged of [['t'], ['t', 'a'], ['t', 'a', ''], ['t', 'a', 'ana', 7], ['t', 'a', 'ana', '']]) {
      expect(parseNotice(damaged)).toBeNull()
    }
  })

  it('of a private entry has it whole on its accounts’ topics, and as a stub on everybody’s', () => {
    const [from, to] = [
      { id: 'a', username: 'ana' },
      { id: 'b', username: 'bia' },
    ]
    const entry = {
      kind: 'added',
      position: 20,
      messageId: 'm1',
      from,
      to,
      text: 'segredo',
      sentAt: 1_700_000_000_000,
      ...AS_SENT,
    }
    expect(parseNotice(PRIVATE)).toEqual({ kind: 'link', epoch: 'abcdefgh', previous: 10, entry })
    const stub = { kind: 'stub', position: 20, from: { id: 'a' }, to: { id: 'b' } }
    expect(parseNotice(STUB)).toEqual({ kind: 'link', epoch: 'abcdefgh', previous: 10, entry: stub })
  })

  it('may say how far an account has read a conversation, as it is written', () => {
    for (const peer of [null, { id: 'b', username: 'bia' }]) {
      const notice = { accountId: 'a', peer, position: 1_700_000_000_000_123 }
      expect(parseNotice(JSON.parse(readNotice(notice)))).toEqual({ kind: 'read', ...notice })
    }
    for (const damaged of [
      ['c'],
      ['c', 'a'],
      ['c', '', 5],
      ['c', 'a', -1],
      ['c', 'a', 5, 'b'],
      ['c', 'a', 5, '', 'bia'],
    ]) {
      expect(parseNotice(damaged)).toBeNull()
    }
  })

  it('of a reply says what it answers, after all that a message without one has', () => {
    const replyTo = { messageId: 'm0', position: 3, from: { id: 'b', username: 'bia' } }
    for (const notice of [PUBLIC, PRIVATE]) {
      const plain = parseNotice(notice) as LinkNotice
      expect(parseNotice([...notice, REPLY])).toEqual({ ...plain, entry: { ...plain.entry, replyTo } })
      // In a way that only newer nodes know: the message is one all the same.
      for (const other of ['more', [], ['m0'], REPLY.with(1, -1), null]) {
        expect(parseNotice([...notice, other])).toEqual(plain)
      }
    }
    const edited = parseNotice(EDIT.with(7, [...OPEN, REPLY])) as LinkNotice
    expect(edited.entry).toMatchObject({ kind: 'edited', message: { replyTo } })
    const deleted = parseNotice(DELETION.with(7, [...SECRET, REPLY])) as LinkNotice
    expect(deleted.entry).toMatchObject({ kind: 'deleted', message: { replyTo } })
  })

  it('of an edit or a deletion has the message as it is now; its stub says where that is, and nothing else', () => {
    const [from, to] = [
      { id: 'a', username: 'ana' },
      { id: 'b', username: 'bia' },
    ]
    const at = 1_700_000_100_000
    const message = { kind: 'added', position: 5, messageId: 'm1', from, sentAt: 1_700_000_000_000, replyTo: null }
    const common = { position: 20, from, at }
    const edited = { ...message, to: null, text: 'novo', revised: 20, editedAt: at, deletedAt: null }
    expect(parseNotice(EDIT)).toEqual({
      kind: 'link',
      epoch: 'abcdefgh',
      previous: 10,
      entry: { kind: 'edited', ...common, to: null, message: edited },
    })
    const deleted = { ...message, to, text: '', revised: 20, editedAt: null, deletedAt: at }
    expect((parseNotice(DELETION) as LinkNotice).entry).toEqual({ kind: 'deleted', ...common, to, message: deleted })
    const stub = { kind: 'stub', position: 20, from: { id: 'a' }, to: { id: 'b' }, revises: 5 }
    expect((parseNotice([...STUB, 5]) as LinkNotice).entry).toEqual(stub)
  })

  it('may say that the history is another one, that sessions ended, or that presence changed', () => {
    expect(parseNotice(['r', 'abcdefgh'])).toEqual({ kind: 'history', epoch: 'abcdefgh' })
    expect(parseNotice(['e'])).toEqual({ kind: 'revocations' })
    expect(parseNotice(['o', 'n1'])).toEqual({ kind: 'presence', nodeId: 'n1' })
  })

  it('of a newer node may say more', () => {
    const whole = [...PUBLIC, REPLY]
    for (const notice of [whole, [...STUB, 5], [...PRIVATE, REPLY], EDIT, DELETION, ['r', 'x'], ['e'], ['o', 'n']]) {
      expect(parseNotice([...notice, 'more', { of: 'it' }])).toEqual(parseNotice(notice))
    }
  })

  it('with an element missing or of another type is none', () => {
    const wrong: unknown[] = [undefined, null, true, '', -1, 0.5, Number.NaN, 2 ** 53, [], {}]
    const notices: unknown[][] = [PUBLIC, STUB, PRIVATE, EDIT, DELETION, ['r', 'abcdefgh'], ['o', 'n1']]
    for (const notice of notices) {
      for (let index = 1; index < notice.length; index++) {
        expect(parseNotice(notice.slice(0, index))).toBeNull()
        for (const value of wrong) {
          // An empty text is one: what a text may be is the domain's question, not the wire's.
          if (value === '' && index === notice.length - 1 && notice.length > 6) continue
          expect(parseNotice(notice.with(index, value)), JSON.stringify(notice.with(index, value))).toBeNull()
        }
      }
    }
  })

  it('of an edit or a deletion with something wrong inside is none', () => {
    const wrong: unknown[] = [undefined, null, true, -1, 0.5, 2 ** 53, [], {}]
    for (const notice of [EDIT, DELETION]) {
      for (const index of [6, 7]) {
        const inner = notice[index] as unknown[]
        for (let n = 0; n < inner.length; n++) {
          expect(parseNotice(notice.with(index, inner.slice(0, n)))).toBeNull()
          for (const value of wrong) expect(parseNotice(notice.with(index, inner.with(n, value)))).toBeNull()
        }
      }
      // Before its message, or of another place than it says.
      expect(parseNotice(notice.with(6, (notice[6] as unknown[]).with(0, 20)))).toBeNull()
      expect(parseNotice(notice.with(6, (notice[6] as unknown[]).with(2, 19)))).toBeNull()
      expect(parseNotice(notice.with(5, 'x'))).toBeNull()
    }
  })

  it('that stands before or at what it follows is none', () => {
    for (const notice of [PUBLIC, STUB, PRIVATE, EDIT, DELETION]) {
      expect(parseNotice(notice.with(1, 10))).toBeNull()
      expect(parseNotice(notice.with(1, 9))).toBeNull()
      expect(parseNotice(notice.with(2, 0))).not.toBeNull()
    }
  })

  it('is never read from noise, and noise never throws', () => {
    fc.assert(fc.property(fc.anything(), value => parseNotice(value) === null))
    for (const text of ['', 'oi', '["p"', '\u0000', 'null']) expect(parseNotice(text)).toBeNull()
  })

  it('has topics with the space as hash tag', () => {
    expect(allTopic('main', 0)).toBe('{main}:all')
    expect(userTopic('main', 0, 'x')).toBe('{main}:user:x')
  })

  it('has topics with the number of the database, if that is not the first', () => {
    expect(allTopic('main', 3)).toBe('{main}:db3:all')
    expect(userTopic('main', 3, 'x')).toBe('{main}:db3:user:x')
    expect(typingMessage('main', 3, { kind: 'typing', from: { id: 'a', username: 'ana' }, to: 'b' }).topic).toBe(
      userTopic('main', 3, 'b'),
    )
  })
})
