// Ids and nonces: random ids, digests that tell one send from another, keys that never collide.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Refusal } from '../../server/domain/errors.ts'
import { isUuid, messageId, nonceDigest, nonceKey, parseNonce, randomId } from '../../server/domain/message.ts'

const secret = new Uint8Array(32).fill(7)
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

describe('a random id', () => {
  it('is 22 characters of base64url, and no two are alike', () => {
    const ids = Array.from({ length: 10_000 }, randomId)
    expect(new Set(ids).size).toBe(ids.length)
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{22}$/)
  })
})

describe('a message id', () => {
  it('is 22 characters of base64url that begin with the time, and no two of a millisecond are alike', () => {
    const at = 1_795_000_000_123
    const ids = Array.from({ length: 10_000 }, () => messageId(at))
    expect(new Set(ids).size).toBe(ids.length)
    for (const id of ids) {
      expect(id).toMatch(/^[A-Za-z0-9_-]{22}$/)
      expect(Buffer.from(id, 'base64url').readUIntBE(0, 6)).toBe(at)
    }
  })
})

describe('a nonce', () => {
  it.each(['a', 'x'.repeat(128), '😀'.repeat(128), 'com espaço', '018f…'])('may be %j', nonce => {
    expect(parseNonce(nonce)).toBe(nonce)
  })

  it('may be left out', () => {
    expect(parseNonce(null)).toBeNull()
    expect(parseNonce(undefined)).toBeNull()
  })

  it.each(['', 'x'.repeat(129), 'a\nb', '\0', 'a\u0085', '\uD800'])('may not be %j', nonce => {
    expect(() => parseNonce(nonce)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }))
    expect(() => parseNonce(nonce)).toThrow(Refusal)
  })
})

describe('the digest of a send', () => {
  const sends = fc.record({
    text: fc.string({ unit: fc.constantFrom('a', '"', ',', 'null', '\uD800', '\uDC00', '\uFFFD', '\\'), maxLength: 4 }),
    to: fc.option(fc.constantFrom('', 'joao', 'null', '"'), { nil: null }),
    plain: fc.boolean(),
  })

  it('is 16 bytes, the same for the same arguments and different for different ones', () => {
    fc.assert(
      fc.property(sends, sends, (one, other) => {
        const same = one.text === other.text && one.to === other.to && one.plain === other.plain
        expect(nonceDigest(secret, one)).toHaveLength(16)
        expect(hex(nonceDigest(secret, one)) === hex(nonceDigest(secret, other))).toBe(same)
      }),
      { numRuns: 3000 },
    )
  })

  it('takes an argument left out, or null, for its default', () => {
    const expected = hex(nonceDigest(secret, { text: 'oi', to: null, plain: false }))
    expect(hex(nonceDigest(secret, { text: 'oi' }))).toBe(expected)
    expect(hex(nonceDigest(secret, { text: 'oi', to: undefined, plain: null }))).toBe(expected)
  })

  it('depends on the secret', () => {
    const other = new Uint8Array(32).fill(8)
    expect(hex(nonceDigest(secret, { text: 'oi' }))).not.toBe(hex(nonceDigest(other, { text: 'oi' })))
  })
})

describe('the key of a nonce', () => {
  const uuid = '0b4e7f3a-5d0c-4a53-9c79-2f6a2f5d9f10'

  it('never makes a client’s nonce and an operation id one', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 128 }), nonce => {
        expect(nonceKey({ nonce })).not.toBe(nonceKey({ operationId: uuid, path: ['sendMessage'] }))
      }),
    )
    const stolen = nonceKey({ operationId: uuid, path: ['sendMessage'] })
    expect(nonceKey({ nonce: stolen })).not.toBe(stolen)
  })

  it('tells the sends of one document apart, and is the same for the same operation sent again', () => {
    const key = nonceKey({ operationId: uuid, path: ['a'] })
    expect(nonceKey({ operationId: uuid, path: ['b'] })).not.toBe(key)
    expect(nonceKey({ operationId: uuid.toUpperCase(), path: ['a'] })).toBe(key)
  })

  it('has at most 140 characters, however long an alias is', () => {
    const long = 'a'.repeat(1000)
    const key = nonceKey({ operationId: uuid, path: [long] })
    expect(key.length).toBeLessThanOrEqual(140)
    expect(nonceKey({ operationId: uuid, path: [`${long}b`] })).not.toBe(key)
    expect(nonceKey({ operationId: uuid, path: ['a'.repeat(100)] }).length).toBeLessThanOrEqual(140)
    expect(Array.from(nonceKey({ nonce: '😀'.repeat(128) })).length).toBeLessThanOrEqual(140)
  })
})

describe('a UUID', () => {
  it.each([
    '0b4e7f3a-5d0c-4a53-9c79-2f6a2f5d9f10',
    '0B4E7F3A-5D0C-4A53-9C79-2F6A2F5D9F10',
    '018f6d9e-7b7a-7cc0-b5d5-5b1d2f4f8e9a',
  ])('is %s', id => {
    expect(isUuid(id)).toBe(true)
  })

  it.each([
    '',
    '1',
    '00000000-0000-0000-0000-000000000000',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
    '0b4e7f3a5d0c4a539c792f6a2f5d9f10',
    '{0b4e7f3a-5d0c-4a53-9c79-2f6a2f5d9f10}',
    '0b4e7f3a-5d0c-4a53-9c79-2f6a2f5d9f10\n',
  ])('is not %j', id => {
    expect(isUuid(id)).toBe(false)
  })
})
