// Where what waits to be sent is shown, and that it is never shown beside the message that it became.
import { describe, expect, test } from 'vitest'
import type { Message, Outgoing } from '../../client/core/types.ts'
import { createDirectory } from '../../client/web/state/directory.ts'
import { placePending } from '../../client/web/state/pending.ts'

const JOAO = { id: 'u-joao', username: 'João' }
const ME = { id: 'u-me', username: 'maria' }

function outgoing(nonce: string, change: Partial<Outgoing>): Outgoing {
  return { nonce, text: 'oi', to: null, createdAt: 1_000, state: 'waiting', ...change }
}

function message(change: Partial<Message>): Message {
  const sentAt = new Date(0).toISOString()
  const never = { editedAt: null, deletedAt: null }
  return { id: 'm', cursor: 'c', from: ME, to: null, text: 'oi', replyTo: null, sentAt, ...never, ...change }
}

function directoryWithJoao() {
  const directory = createDirectory()
  directory.learn(JOAO, 1)
  return directory
}

describe('what waits', () => {
  test('is shown where it goes: typed, addressed, or to everyone', () => {
    const placed = placePending(
      [
        outgoing('a', {}),
        outgoing('b', { to: 'joao' }),
        outgoing('c', { to: undefined, text: '/msg JOÃO segredo' }),
        outgoing('d', { to: undefined, text: '//shrug' }),
      ],
      [],
      directoryWithJoao(),
    )
    expect(placed.get('everyone')?.map(({ nonce, text }) => [nonce, text])).toEqual([
      ['a', 'oi'],
      ['d', '/shrug'],
    ])
    expect(placed.get('with:u-joao')?.map(({ nonce, text }) => [nonce, text])).toEqual([
      ['b', 'oi'],
      ['c', 'segredo'],
    ])
  })

  test('for somebody never seen is shown where it was typed, with the name it is for', () => {
    const placed = placePending([outgoing('a', { to: undefined, text: '/msg zé oi' })], [], directoryWithJoao())
    expect(placed.get('everyone')).toMatchObject([{ to: 'zé', text: 'oi', typed: '/msg zé oi' }])
  })

  test('goes once its message has come by the feed before the acknowledgement, and only one for each message', () => {
    const entries = [outgoing('a', { state: 'sending' }), outgoing('b', {})]
    const placed = placePending(entries, [{ message: message({}), at: 1_500 }], directoryWithJoao())
    expect(placed.get('everyone')?.map(({ nonce }) => nonce)).toEqual(['b'])
  })

  test('stays beside an older message with the same text, one for somebody else, and when it was refused', () => {
    const arrivals = [
      { message: message({}), at: 500 },
      { message: message({ to: JOAO }), at: 1_500 },
    ]
    expect(placePending([outgoing('a', {})], arrivals, directoryWithJoao()).get('everyone')).toHaveLength(1)
    const refused = outgoing('a', { state: 'refused', code: 'NONCE_REUSED' })
    const placed = placePending([refused], [{ message: message({}), at: 1_500 }], directoryWithJoao())
    expect(placed.get('everyone')).toMatchObject([{ code: 'NONCE_REUSED' }])
  })
})

describe('the directory', () => {
  test('knows when a name has changed hands, by the newest sighting alone', () => {
    const directory = directoryWithJoao()
    const newcomer = { id: 'u-other', username: 'joao' }
    directory.learn(newcomer, 10)
    directory.learn(JOAO, 5)
    expect(directory.byName('JOAO')).toEqual(newcomer)
    expect(directory.hasChangedHands(JOAO)).toBe(true)
    expect(directory.hasChangedHands(newcomer)).toBe(false)
  })
})
