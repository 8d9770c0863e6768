// Whose connections end with a session, or with an account, also when they come a moment too late.
import { describe, expect, it } from 'vitest'
import { Refusal } from '../../server/domain/errors.ts'
import { type Connection, createConnections } from '../../server/transport/connections.ts'

const cause = new Refusal('UNAUTHENTICATED')

function connection(sessionId: string | null, accountId: string | null): Connection & { endedBy: Refusal[] } {
  const endedBy: Refusal[] = []
  return { sessionId, accountId, endedBy, endSession: refusal => endedBy.push(refusal), drain() {}, beat() {} }
}

describe('connections', () => {
  it('end with their session, and no others', () => {
    const connections = createConnections({ perUser: 0, perAddress: 0 })
    const [phone, tab, laptop, nobody] = [
      connection('phone', 'joao'),
      connection('phone', 'joao'),
      connection('laptop', 'joao'),
      connection(null, null),
    ]
    for (const each of [phone, tab, laptop, nobody]) connections.add(each)
    connections.endSessions(['phone', 'unknown'], cause)
    expect([phone, tab, laptop, nobody].map(({ endedBy }) => endedBy.length)).toEqual([1, 1, 0, 0])
  })

  it('end with their account, by whichever session they came', () => {
    const connections = createConnections({ perUser: 0, perAddress: 0 })
    const [phone, laptop, hers, nobody] = [
      connection('phone', 'joao'),
      connection('laptop', 'joao'),
      connection('hers', 'maria'),
      connection(null, null),
    ]
    for (const each of [phone, laptop, hers, nobody]) connections.add(each)
    connections.endAccounts(['joao'], cause)
    expect([phone, laptop, hers, nobody].map(({ endedBy }) => endedBy.length)).toEqual([1, 1, 0, 0])
  })

  it('that were let in before their session or account ended, and come after it, end at once', () => {
    const connections = createConnections({ perUser: 0, perAddress: 0 })
    connections.endSessions(['phone'], cause)
    connections.endAccounts(['maria'], cause)
    const late = [connection('phone', 'joao'), connection('hers', 'maria')]
    const others = [connection('laptop', 'joao'), connection(null, null)]
    for (const each of [...late, ...others]) expect(connections.add(each)).toBe(true)
    expect(late.map(({ endedBy }) => endedBy)).toEqual([[cause], [cause]])
    expect(others.map(({ endedBy }) => endedBy)).toEqual([[], []])
  })
})
