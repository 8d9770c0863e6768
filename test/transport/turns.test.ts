// Whose turn it is: the light at once, the heavy in slices in between, each in the order in which it came.
import { describe, expect, it } from 'vitest'
import { createTurns, type Turns } from '../../server/transport/turns.ts'
import { until } from '../setup/until.ts'

function rig() {
  let now = 1_000
  const turns = createTurns({ clock: () => now })
  const done: string[] = []
  return {
    turns,
    done,
    pass(ms: number) {
      now += ms
    },
    /** A piece of work that takes so long. */
    work: (name: string, ms: number) => () => {
      now += ms
      done.push(name)
    },
    get now() {
      return now
    },
  }
}

/** Makes the owner heavy. */
function tire(turns: Turns, owner: string): void {
  for (let i = 0; i < 10; i++) turns.charge(owner, 10)
}

const turn = () => new Promise(resolve => setImmediate(resolve))

describe('turns', () => {
  it('are anybody’s who has used little', () => {
    const { turns } = rig()
    for (let i = 0; i < 10; i++) {
      expect(turns.isTurnOf('ana')).toBe(true)
      turns.charge('ana', 0.1)
    }
  })

  it('are not those of who has used much, until that is long ago', async () => {
    const { turns, pass } = rig()
    tire(turns, 'mallory')
    await turn()
    expect(turns.isTurnOf('mallory')).toBe(false)
    expect(turns.isTurnOf('ana')).toBe(true)
    pass(2_000)
    expect(turns.isTurnOf('mallory')).toBe(true)
  })

  it('are not lost by what seems to take long, once', async () => {
    const { turns } = rig()
    turns.charge('ana', 400)
    await turn()
    expect(turns.isTurnOf('ana')).toBe(true)
  })

  it('come to all that an owner queued', async () => {
    const { turns, done, work } = rig()
    tire(turns, 'mallory')
    for (let i = 0; i < 20; i++) turns.queue('mallory', work(`${i}`, 0.5))
    await until('all to be done', () => turns.waiting === 0)
    expect(done).toEqual(Array.from({ length: 20 }, (_, i) => `${i}`))
  })

  it('come to the least busy first', async () => {
    const { turns, done, work } = rig()
    tire(turns, 'mallory')
    turns.charge('ana', 1)
    turns.queue('mallory', work('mallory', 5))
    turns.queue('ana', work('ana', 0.1))
    await until('all to be done', () => turns.waiting === 0)
    expect(done).toEqual(['ana', 'mallory'])
  })

  it('leave the heavy a share while others are active: after a slice they rest, and the light do not wait for that', async () => {
    const { turns, done, work, pass } = rig()
    tire(turns, 'mallory')
    await turn()
    expect(turns.isTurnOf('ana')).toBe(true)
    for (let i = 0; i < 3; i++) turns.queue('mallory', work(`heavy ${i}`, 8))
    await turn()
    await turn()
    expect(done).toEqual(['heavy 0'])
    turns.queue('ana', work('light', 0.1))
    await until('the light one', () => done.includes('light'))
    expect(done).toEqual(['heavy 0', 'light'])
    // Seven times as long as it took.
    pass(56)
    await until('the next', () => done.includes('heavy 1'))
    expect(done).not.toContain('heavy 2')
  })

  it('leave the heavy everything while nobody else is there', async () => {
    const { turns, done, work, pass } = rig()
    tire(turns, 'mallory')
    pass(300)
    for (let i = 0; i < 10; i++) turns.queue('mallory', work(`${i}`, 8))
    // The clock stands still between pieces: had it to rest, it would for ever.
    await until('all to be done', () => done.length === 10)
  })

  it('of very many light ones are spread over turns of the loop', async () => {
    const { turns } = rig()
    let taken = 0
    for (let i = 0; i < 100; i++) {
      if (!turns.isTurnOf(`person ${i}`)) continue
      taken++
      turns.charge(`person ${i}`, 1)
    }
    expect(taken).toBe(9)
    await turn()
    expect(turns.isTurnOf('person 99')).toBe(true)
  })

  it('are waited for by promise, too', async () => {
    const { turns } = rig()
    tire(turns, 'mallory')
    await turns.wait('mallory')
    expect(turns.waiting).toBe(0)
  })
})
