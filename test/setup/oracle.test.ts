// The judge is judged: a clean run passes, and each rule fails when, and only when, its promise is broken.
import { describe, expect, test } from 'vitest'
import { type AppliedMessage, createOracle, type Oracle, type Rule, type SessionRecorder } from './oracle.ts'

interface Run {
  readonly oracle: Oracle
  readonly joao: SessionRecorder
  readonly maria: SessionRecorder
  readonly ana: SessionRecorder
}

const M1: AppliedMessage = { cursor: 'e-1', id: 'a', from: 'maria', to: null, text: 'one' }
const M2: AppliedMessage = { cursor: 'e-2', id: 'b', from: 'maria', to: 'joao', text: 'two' }
const M3: AppliedMessage = { cursor: 'e-3', id: 'c', from: 'maria', to: null, text: 'three' }

function begin(): Run {
  const oracle = createOracle()
  for (const { text, from, to } of [M1, M2, M3]) oracle.sending({ nonce: text, from, to, text })
  const run = {
    oracle,
    joao: oracle.session('joao phone', 'joao'),
    maria: oracle.session('maria laptop', 'maria'),
    ana: oracle.session('ana', 'ana'),
  }
  for (const session of [run.joao, run.maria, run.ana]) session.startedAt('e-0')
  return run
}

function acknowledge({ oracle }: Run, ...messages: AppliedMessage[]): void {
  for (const message of messages) oracle.acknowledged(message.text, message)
}

function apply(session: SessionRecorder, ...messages: AppliedMessage[]): void {
  for (const message of messages) session.applied(message)
}

function rules({ oracle }: Run): Rule[] {
  return [...new Set(oracle.judge().map(({ rule }) => rule))].sort()
}

describe('oracle', () => {
  test('a run in which everybody has everything they may see has no violation', () => {
    const run = begin()
    acknowledge(run, M1, M2, M3)
    apply(run.joao, M1, M2, M3)
    apply(run.maria, M1, M2, M3)
    apply(run.ana, M1, M3)
    expect(run.oracle.judge()).toEqual([])
    expect(run.oracle.counts).toEqual({ acknowledged: 3, refused: 0, unknown: 0 })
    expect(run.oracle.expected('ana', 'e-0')).toBe(2)
    expect(run.oracle.expected('joao', 'e-1')).toBe(2)
  })

  test('a send of unknown outcome may have been stored or not', () => {
    const run = begin()
    acknowledge(run, M1)
    for (const session of [run.joao, run.maria, run.ana]) apply(session, M1, M3)
    expect(run.oracle.judge()).toEqual([])
  })

  test('A fails when an acknowledged message is missing, even the last one', () => {
    const run = begin()
    acknowledge(run, M1, M3)
    apply(run.joao, M1, M3)
    apply(run.maria, M1, M3)
    apply(run.ana, M1)
    expect(rules(run)).toEqual(['A'])
  })

  test('A fails when a session never started', () => {
    const run = begin()
    run.oracle.session('late', 'joao')
    expect(rules(run)).toEqual(['A'])
  })

  test('A does not ask for what was there before the session started, or before it was told of a reset', () => {
    const run = begin()
    acknowledge(run, M1, M3)
    apply(run.joao, M1, M3)
    apply(run.maria, M1, M3)
    run.ana.reset()
    run.ana.startedAt('e-1')
    apply(run.ana, M3)
    expect(run.oracle.judge()).toEqual([])
  })

  test('B fails when cursors fall, or stand still, in one session', () => {
    const run = begin()
    apply(run.joao, M1, M2, M3)
    apply(run.maria, M1, M3, M2)
    expect(rules(run)).toContain('B')
    const again = begin()
    apply(again.maria, M1, M1)
    expect(rules(again)).toContain('B')
  })

  test('B fails when two sessions disagree on the order, though each one’s cursors rise', () => {
    const run = begin()
    apply(run.joao, M1, M2)
    apply(run.maria, { ...M2, cursor: 'e-1' }, { ...M1, cursor: 'e-2' })
    expect(rules(run)).toContain('B')
  })

  test('C fails when one cursor is two messages', () => {
    const run = begin()
    apply(run.joao, M1)
    apply(run.maria, { ...M3, cursor: 'e-1' })
    expect(rules(run)).toContain('C')
  })

  test('C fails when one message is at two cursors', () => {
    const run = begin()
    apply(run.joao, M1)
    apply(run.maria, { ...M1, cursor: 'e-2' })
    expect(run.oracle.judge().map(({ detail }) => detail)).toContain('a is at e-2 and e-1')
  })

  test('C fails when the acknowledgement names another id than the feed', () => {
    const run = begin()
    run.oracle.acknowledged('one', { cursor: 'e-1', id: 'other' })
    for (const session of [run.joao, run.maria, run.ana]) apply(session, M1)
    expect(rules(run)).toContain('C')
  })

  test('C fails when one nonce was acknowledged as two messages', () => {
    const run = begin()
    acknowledge(run, M1)
    run.oracle.acknowledged('one', { cursor: 'e-9', id: 'z' })
    expect(
      run.oracle
        .judge()
        .filter(({ detail }) => detail.includes('acknowledged as'))
        .map(v => v.rule),
    ).toEqual(['C'])
  })

  test('D fails when something was never sent', () => {
    const run = begin()
    for (const session of [run.joao, run.maria, run.ana]) apply(session, { ...M1, text: 'nobody said so' })
    expect(rules(run)).toEqual(['D'])
  })

  test('D fails when a refused send was applied', () => {
    const run = begin()
    run.oracle.refused('one')
    for (const session of [run.joao, run.maria, run.ana]) apply(session, M1)
    expect(rules(run)).toEqual(['D'])
  })

  test('D fails when a send of unknown outcome was stored twice', () => {
    const run = begin()
    for (const session of [run.joao, run.maria, run.ana]) apply(session, M1, { ...M1, cursor: 'e-2', id: 'b2' })
    expect(rules(run)).toEqual(['D'])
  })

  test('D fails when a message comes from another account than the one that sent it', () => {
    const run = begin()
    for (const session of [run.joao, run.maria, run.ana]) apply(session, { ...M1, from: 'joao' })
    expect(rules(run)).toEqual(['D'])
  })

  test('D fails when an acknowledged send is refused later', () => {
    const run = begin()
    acknowledge(run, M1)
    run.oracle.refused('one')
    for (const session of [run.joao, run.maria, run.ana]) apply(session, M1)
    expect(rules(run)).toEqual(['D'])
  })

  test('D fails when a refused send is acknowledged later', () => {
    const run = begin()
    run.oracle.refused('one')
    acknowledge(run, M1)
    for (const session of [run.joao, run.maria, run.ana]) apply(session, M1)
    expect(rules(run)).toEqual(['D'])
  })

  test('E fails when a session goes past an unacknowledged message that another one has', () => {
    const run = begin()
    apply(run.joao, M1, M2, M3)
    apply(run.maria, M1, M3)
    apply(run.ana, M1, M3)
    expect(rules(run)).toEqual(['E'])
    expect(run.oracle.judge().map(({ session }) => session)).toEqual(['maria laptop'])
  })

  test('F fails when a private message reaches somebody else', () => {
    const run = begin()
    apply(run.joao, M1, M2)
    apply(run.maria, M1, M2)
    apply(run.ana, M1, M2)
    expect(rules(run)).toEqual(['F'])
  })
})
