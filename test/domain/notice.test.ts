// Notices: what the store's script writes is read back whole, and nothing else is taken for one.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allTopic, parseNotice, userTopic } from '../../server/domain/notice.ts'

const PUBLIC = ['p', 20, 10, 'abcdefgh', 'm1', 'a', 'ana', 1_700_000_000_000, 'oi']
const STUB = ['s', 20, 10, 'abcdefgh', 'a', 'b']
const PRIVATE = ['m', 20, 10, 'abcdefgh', 'm1', 'a', 'ana', 'b', 'bia', 1_700_000_000_000, 'segredo']

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
    }
    expect(parseNotice(PUBLIC)).toEqual({ kind: 'link', epoch: 'abcdefgh', previous: 10, entry })
  })

  it('of a private entry has it whole on its accounts’ topics, and as a stub on everybody’s', () => {
    const [from, to] = [
      { id: 'a', username: 'ana' },
      { id: 'b', username: 'bia' },
    ]
    const entry = { kind: 'added', position: 20, messageId: 'm1', from, to, text: 'segredo', sentAt: 1_700_000_000_000 }
    expect(parseNotice(PRIVATE)).toEqual({ kind: 'link', epoch: 'abcdefgh', previous: 10, entry })
    const stub = { kind: 'stub', position: 20, from: { id: 'a' }, to: { id: 'b' } }
    expect(parseNotice(STUB)).toEqual({ kind: 'link', epoch: 'abcdefgh', previous: 10, entry: stub })
  })

  it('may say that the history is another one, that sessions ended, or that presence changed', () => {
    expect(parseNotice(['r', 'abcdefgh'])).toEqual({ kind: 'history', epoch: 'abcdefgh' })
    expect(parseNotice(['e'])).toEqual({ kind: 'revocations' })
    expect(parseNotice(['o', 'n1'])).toEqual({ kind: 'presence', nodeId: 'n1' })
  })

  it('of a newer node may say more', () => {
    for (const notice of [PUBLIC, STUB, PRIVATE, ['r', 'abcdefgh'], ['e'], ['o', 'n1']]) {
      expect(parseNotice([...notice, 'more', { of: 'it' }])).toEqual(parseNotice(notice))
    }
  })

  it('with an element missing or of another type is none', () => {
    const wrong: unknown[] = [undefined, null, true, '', -1, 0.5, Number.NaN, 2 ** 53, [], {}]
    const notices: unknown[][] = [PUBLIC, STUB, PRIVATE, ['r', 'abcdefgh'], ['o', 'n1']]
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

  it('that stands before or at what it follows is none', () => {
    for (const notice of [PUBLIC, STUB, PRIVATE]) {
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
    expect(allTopic('main')).toBe('{main}:all')
    expect(userTopic('main', 'x')).toBe('{main}:user:x')
  })
})
