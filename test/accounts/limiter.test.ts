// Rates: what passes in a burst, what passes lasting, how long one is told to wait, and who counts as one address.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isLoopback, networkOf } from '../../server/accounts/address.ts'
import { createLimiter } from '../../server/accounts/limiter.ts'
import { createTokenBuckets } from '../../server/accounts/token-buckets.ts'
import { refusal } from './support.ts'

function limiterAt(limits: Partial<Parameters<typeof createLimiter>[0]> = {}) {
  const time = { now: 1_000_000 }
  const limiter = createLimiter({
    sendsPerSecond: 10,
    searchesPerSecond: 5,
    enterPerMinute: 5,
    newNamesPerHour: 200,
    clock: () => time.now,
    ...limits,
  })
  return { limiter, time }
}

const times = (count: number, call: () => void) => {
  for (let index = 0; index < count; index++) call()
}

describe('sends', () => {
  it('may come in a burst of three seconds’ worth, and then at the lasting rate', async () => {
    const { limiter, time } = limiterAt()
    times(30, () => limiter.send('joao'))
    const refused = await refusal(() => limiter.send('joao'))
    expect(refused).toMatchObject({ code: 'RATE_LIMITED', details: { retryAfterMs: 100 } })
    time.now += 99
    expect((await refusal(() => limiter.send('joao'))).details).toEqual({ retryAfterMs: 1 })
    time.now += 1
    limiter.send('joao')
    time.now += 1000
    times(10, () => limiter.send('joao'))
    await refusal(() => limiter.send('joao'))
  })

  it('after however long a silence are no larger a burst', async () => {
    const { limiter, time } = limiterAt()
    limiter.send('joao')
    time.now += 60 * 60 * 1000
    times(30, () => limiter.send('joao'))
    await refusal(() => limiter.send('joao'))
  })

  it('of one account do not count for another', () => {
    const { limiter } = limiterAt()
    times(30, () => limiter.send('joao'))
    limiter.send('maria')
  })

  it('that were only repeats are given back', async () => {
    const { limiter } = limiterAt()
    for (let index = 0; index < 100; index++) {
      limiter.send('joao')
      limiter.refundSend('joao')
    }
    times(30, () => limiter.send('joao'))
    await refusal(() => limiter.send('joao'))
    limiter.refundSend('nobody')
  })

  it('are never more than the burst plus the rate, whatever the pauses; whoever waits as told is let through', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 200 }), pauses => {
        let now = 0
        let sent = 0
        const buckets = createTokenBuckets({ capacity: 30, perSecond: 10, clock: () => now })
        for (const pause of pauses) {
          now += pause
          const retryAfterMs = buckets.take('joao')
          if (retryAfterMs > 0) {
            expect(Number.isInteger(retryAfterMs)).toBe(true)
            now += retryAfterMs
            expect(buckets.take('joao')).toBe(0)
          }
          sent++
          expect(sent).toBeLessThanOrEqual(30 + (now / 1000) * 10 + 1e-6)
        }
      }),
    )
  })

  it('of however many accounts take bounded memory: the longest silent is forgotten', () => {
    const buckets = createTokenBuckets({ capacity: 1, perSecond: 1, clock: () => 0, max: 3 })
    for (const key of ['a', 'b', 'c']) expect(buckets.take(key)).toBe(0)
    expect(buckets.take('b')).toBeGreaterThan(0)
    expect(buckets.take('d')).toBe(0)
    expect(buckets.take('b')).toBeGreaterThan(0)
    expect(buckets.take('a')).toBe(0)
  })
})

describe('searches', () => {
  it('may come in a burst of three seconds’ worth, then at the lasting rate, apart from what is sent and noted', async () => {
    const { limiter, time } = limiterAt()
    times(15, () => limiter.search('joao'))
    const refused = await refusal(() => limiter.search('joao'))
    expect(refused).toMatchObject({ code: 'RATE_LIMITED', details: { retryAfterMs: 200 } })
    limiter.search('maria')
    times(30, () => limiter.send('joao'))
    times(30, () => limiter.mark('joao'))
    time.now += 200
    limiter.search('joao')
    await refusal(() => limiter.search('joao'))
  })
})

describe('attempts to enter', () => {
  it('are counted by name and address, so that strangers can’t lock a name', async () => {
    const { limiter, time } = limiterAt()
    times(5, () => limiter.enter('joao', '192.0.2.1'))
    expect(await refusal(() => limiter.enter('joao', '192.0.2.1'))).toMatchObject({
      code: 'RATE_LIMITED',
      details: { retryAfterMs: 12_000 },
    })
    limiter.enter('joao', '192.0.2.2')
    limiter.enter('maria', '192.0.2.1')
    time.now += 12_000
    limiter.enter('joao', '192.0.2.1')
    await refusal(() => limiter.enter('joao', '192.0.2.1'))
  })

  it('from one IPv6 network are from one address', async () => {
    const { limiter } = limiterAt()
    times(5, () => limiter.enter('joao', `2001:db8:1:2:${Math.floor(Math.random() * 0xffff).toString(16)}::1`))
    await refusal(() => limiter.enter('joao', '2001:db8:1:2::99'))
    limiter.enter('joao', '2001:db8:1:3::99')
  })

  it('from this machine are counted too', async () => {
    const { limiter } = limiterAt()
    times(5, () => limiter.enter('joao', '127.0.0.1'))
    await refusal(() => limiter.enter('joao', '::ffff:127.0.0.1'))
  })
})

describe('new names', () => {
  it('are counted by address, and given back where the name was not free', async () => {
    const { limiter } = limiterAt({ newNamesPerHour: 2 })
    times(2, () => limiter.newName('192.0.2.1'))
    expect((await refusal(() => limiter.newName('192.0.2.1'))).details).toEqual({ retryAfterMs: 30 * 60 * 1000 })
    limiter.newName('192.0.2.2')
    limiter.refundNewName('192.0.2.1')
    limiter.newName('192.0.2.1')
  })

  it('from this machine are not limited', () => {
    const { limiter } = limiterAt({ newNamesPerHour: 2 })
    for (const address of ['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1']) {
      times(5, () => limiter.newName(address))
    }
  })
})

it('a limit of 0 is no limit', () => {
  const { limiter } = limiterAt({ sendsPerSecond: 0, searchesPerSecond: 0, enterPerMinute: 0, newNamesPerHour: 0 })
  times(1000, () => {
    limiter.send('joao')
    limiter.refundSend('joao')
    limiter.mark('joao')
    limiter.search('joao')
    limiter.enter('joao', '192.0.2.1')
    limiter.newName('192.0.2.1')
    limiter.refundNewName('192.0.2.1')
  })
})

describe('an address', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::7', '2001:db8:1:2::/64'],
    ['2001:db8::7', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['unknown', 'unknown'],
    ['', ''],
  ])('%s counts as %s', (address, network) => {
    expect(networkOf(address)).toBe(network)
  })

  it('is this machine’s only when it is', () => {
    for (const address of ['127.0.0.1', '127.255.0.1', '::1', '::ffff:127.0.0.1'])
      expect(isLoopback(address)).toBe(true)
    for (const address of ['128.0.0.1', '::2', '::', '', 'localhost', '::ffff:192.0.2.1', '0.0.0.0']) {
      expect(isLoopback(address)).toBe(false)
    }
  })
})
