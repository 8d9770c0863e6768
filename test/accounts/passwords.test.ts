// Passwords with the real argon2: what a hash looks like, who is refused before any work, and that work is bounded.
import { argon2Sync, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createHashing } from '../../server/accounts/hashing.ts'
import { createPasswords, preparePassword } from '../../server/accounts/passwords.ts'
import { codeOf, refusal } from './support.ts'

const passwords = createPasswords()

describe('a hash', () => {
  it('is argon2id with 19 MiB, two passes and one lane, as PHC text, with a salt of its own', async () => {
    const [one, other] = await Promise.all([passwords.hash('segredo bom'), passwords.hash('segredo bom')])
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    expect(other).not.toBe(one)
    const [, , , , salt = '', tag = ''] = one.split('$')
    const again = argon2Sync('argon2id', {
      message: 'segredo bom',
      nonce: Buffer.from(salt, 'base64'),
      memory: 19_456,
      passes: 2,
      parallelism: 1,
      tagLength: 32,
    })
    expect(again.toString('base64').replace('=', '')).toBe(tag)
  })

  it('is matched by its password only', async () => {
    const hash = await passwords.hash('segredo bom')
    expect(await passwords.verify('segredo bom', hash)).toBe(true)
    expect(await passwords.verify('segredo mau', hash)).toBe(false)
    expect(await passwords.verify('Segredo bom', hash)).toBe(false)
  })

  it('made with another cost is still matched', async () => {
    const salt = Buffer.from('somesalt')
    const tag = argon2Sync('argon2id', {
      message: 'password',
      nonce: salt,
      memory: 64,
      passes: 3,
      parallelism: 1,
      tagLength: 24,
    })
    const hash = `$argon2id$v=19$m=64,t=3,p=1$${salt.toString('base64').replace('=', '')}$${tag.toString('base64')}`
    expect(await passwords.verify('password', hash)).toBe(true)
    expect(await passwords.verify('passwore', hash)).toBe(false)
  })

  it('of an unknown form is a defect, not a wrong password', async () => {
    await expect(passwords.verify('segredo bom', 'plain')).rejects.toThrow('unknown form')
  })

  it('that does not exist is matched by nothing, after the same work', async () => {
    const hash = await passwords.hash('segredo bom')
    const timed = async (against: string | null) => {
      const started = performance.now()
      expect(await passwords.verify('segredo mau', against)).toBe(false)
      return performance.now() - started
    }
    const [known, none]: [number[], number[]] = [[], []]
    for (let index = 0; index < 9; index++) {
      known.push(await timed(hash))
      none.push(await timed(null))
    }
    const middle = (values: number[]) => values.sort((a, b) => a - b)[4] ?? 0
    expect(middle(none)).toBeGreaterThan(middle(known) / 2)
    expect(middle(none)).toBeLessThan(middle(known) * 2)
  })
})

describe('a password', () => {
  it.each(['12345678', 'x'.repeat(256), 'ã'.repeat(8), '😀'.repeat(256), 'a\u0303'.repeat(256), 'com espaço no meio'])(
    'may be %j',
    password => {
      expect(preparePassword(password)).toBe(password.normalize('NFC'))
    },
  )

  it.each([
    '',
    '1234567',
    'a\u0303'.repeat(7),
    '😀'.repeat(7),
    'x'.repeat(257),
    'x'.repeat(60 * 1024),
    'senha\0boa',
    'a\nbcdefgh',
    '\uD800abcdefgh',
  ])('may not be %j, and is refused before any work', async password => {
    const idle = createPasswords({ concurrency: 0, queue: 0 })
    expect(await codeOf(() => idle.hash(password))).toBe('PASSWORD_INVALID')
    expect(await codeOf(() => idle.verify(password, null))).toBe('PASSWORD_INVALID')
  })

  it('is the same however its accents and spaces were typed', async () => {
    const hash = await passwords.hash('coração\u00A0grande')
    expect(await passwords.verify('coração grande'.normalize('NFD'), hash)).toBe(true)
  })
})

describe('the queue', () => {
  it('refuses what is over its bound, says how long to wait, and lets the rest through in order', async () => {
    const bounded = createPasswords({ concurrency: 1, queue: 2 })
    const done: number[] = []
    const accepted = [0, 1, 2].map(async index => {
      await bounded.hash('segredo bom')
      done.push(index)
    })
    const refused = await refusal(() => bounded.hash('segredo bom'))
    expect(refused.code).toBe('RATE_LIMITED')
    expect(Number.isInteger(refused.details.retryAfterMs)).toBe(true)
    expect(refused.details.retryAfterMs).toBeGreaterThan(0)
    await Promise.all(accepted)
    expect(done).toEqual([0, 1, 2])
    await bounded.hash('segredo bom')
  })

  it('goes on after a failure', async () => {
    const bounded = createPasswords({ concurrency: 1, queue: 5 })
    const broken = '$argon2id$v=19$m=1,t=1,p=1$c29tZXNhbHQ$AAAA'
    const results = await Promise.allSettled([
      bounded.verify('segredo bom', broken),
      bounded.hash('segredo bom'),
      bounded.verify('segredo bom', broken),
      bounded.hash('segredo bom'),
    ])
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected', 'fulfilled'])
  })

  it('leaves the main thread free', async () => {
    let turns = 0
    const counting = setInterval(() => turns++, 1)
    await Promise.all(Array.from({ length: 8 }, () => passwords.hash('segredo bom')))
    clearInterval(counting)
    expect(turns).toBeGreaterThan(20)
  })

  it.runIf(process.platform === 'linux')('gives way to every other thread', async () => {
    const nicenesses = () =>
      readdirSync('/proc/self/task').map(thread => {
        const fields = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
        return Number(fields[16])
      })
    const before = nicenesses()
    await createPasswords({ concurrency: 1 }).hash('segredo bom')
    const usual = Math.max(...before.filter(niceness => niceness < 10))
    expect(nicenesses().filter(niceness => niceness === usual + 10).length).toBe(
      before.filter(niceness => niceness === usual + 10).length + 1,
    )
  })

  it('says what argon2 refuses, and goes on', async () => {
    const hashing = createHashing()
    const parameters = { passes: 1, parallelism: 1, salt: randomBytes(16), tagLength: 32 }
    await expect(hashing.derive('segredo bom', { ...parameters, memory: -1 })).rejects.toThrow()
    expect((await hashing.derive('segredo bom', { ...parameters, memory: 64 })).length).toBe(32)
  })
})
