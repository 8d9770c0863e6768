// The settings table: defaults as documented, every nonsense refused by a sentence with the variable's name in it.
import { describe, expect, expectTypeOf, it } from 'vitest'
import { type Config, ConfigError, describeSettings, parseConfig, SETTINGS } from '../server/config.ts'

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    parseConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

describe('the settings', () => {
  it('have the documented defaults in an empty environment', () => {
    expect(parseConfig({})).toEqual({
      port: 4000,
      host: '127.0.0.1',
      dataDir: './data',
      isDataDirGiven: false,
      jwtIssuer: null,
      jwtAudience: null,
      jwtJwksUrl: null,
      jwtSecret: null,
      jwtNameClaim: 'preferred_username',
      redisUrl: null,
      redisAllowVolatile: false,
      redisWaitReplicas: 0,
      space: 'main',
      publicUrl: null,
      allowedOrigins: [],
      trustProxy: [],
      logLevel: 'info',
      introspection: true,
      graphiql: true,
      registration: 'open',
      sessionDays: 180,
      challengeUrl: 'wss://websocket-fh6l.onrender.com',
      challengeTimeoutMs: 75_000,
      queryDepth: 6,
      queryTokens: 1000,
      queryAliases: 15,
      queryCost: 5000,
      maxMessageBytes: 65_536,
      textLimit: 4000,
      textLimitBytes: 16_384,
      pageLimit: 100,
      subscriptionsPerSocket: 50,
      connectionsPerUser: 50,
      connectionsPerAddress: 1000,
      groupsPerAddress: 20,
      groups: 1000,
      initTimeoutMs: 20_000,
      pingIntervalMs: 12_000,
      sendsPerSecond: 10,
      search: true,
      searchesPerSecond: 5,
      enterPerMinute: 5,
      newNamesPerHour: 200,
      sessionsPerUser: 100,
      backlogBytes: 1_048_576,
      drainSeconds: 5,
      tailEntries: 4096,
      retainMessages: 0,
      retainDays: 0,
    })
  })

  it('are typed by their rows', () => {
    expectTypeOf<Config['port']>().toEqualTypeOf<number>()
    expectTypeOf<Config['registration']>().toEqualTypeOf<'open' | 'invite' | 'closed'>()
    expectTypeOf<Config['publicUrl']>().toEqualTypeOf<string | null>()
    expectTypeOf<Config['redisUrl']>().toEqualTypeOf<string | null>()
  })

  it('treat an empty or blank variable as unset, and ignore variables of others', () => {
    expect(parseConfig({ PORT: '', HOST: '  ', ALLOWED_ORIGINS: '', PATH: '/bin' })).toEqual(parseConfig({}))
  })

  it('take values with white space around them', () => {
    expect(parseConfig({ PORT: ' 0 ', LOG_LEVEL: 'Debug', GRAPHIQL: 'OFF', INTROSPECTION: 'no' })).toMatchObject({
      port: 0,
      logLevel: 'debug',
      graphiql: false,
      introspection: false,
    })
  })

  it('keep 0 for a limit that is turned off', () => {
    const limits = Object.entries(SETTINGS).filter(([name, row]) => row.parse('0') === 0 && name !== 'PORT')
    expect(limits.length).toBeGreaterThan(20)
    const config = parseConfig(Object.fromEntries(limits.map(([name]) => [name, '0'])))
    expect(config).toMatchObject({ queryDepth: 0, textLimit: 0, textLimitBytes: 0, sendsPerSecond: 0, groups: 0 })
  })

  it('give a text four bytes for each code point, in whole KiB', () => {
    expect(parseConfig({ TEXT_LIMIT: '256' }).textLimitBytes).toBe(1024)
    expect(parseConfig({ TEXT_LIMIT: '257' }).textLimitBytes).toBe(2048)
  })

  it.each(['abc', '-1', '65536', '4000.5', '4e3', '0x10', '4 000', '٤٠٠٠', '99999999999999999999', 'NaN'])(
    'refuse PORT=%s',
    text => {
      expect(problemsOf({ PORT: text })).toEqual([
        `PORT must be a whole number from 0 to 65535, not ${JSON.stringify(text)}.`,
      ])
    },
  )

  it.each([
    ['HOST', 'not a host'],
    ['HOST', 'http://localhost'],
    ['DATA_DIR', 'a\0b'],
    ['SPACE', 'Main'],
    ['SPACE', 'a{b}'],
    ['SPACE', 'x'.repeat(65)],
    ['PUBLIC_URL', 'chat.example.com'],
    ['PUBLIC_URL', 'ftp://chat.example.com'],
    ['PUBLIC_URL', 'https://chat.example.com/recado'],
    ['PUBLIC_URL', 'https://joao:segredo@chat.example.com'],
    ['ALLOWED_ORIGINS', '*'],
    ['ALLOWED_ORIGINS', 'null'],
    ['ALLOWED_ORIGINS', 'https://*.example.com'],
    ['ALLOWED_ORIGINS', 'https://a.example.com, https://b.example.com/path'],
    ['ALLOWED_ORIGINS', 'https://a.example.com https://b.example.com'],
    ['TRUST_PROXY', 'true'],
    ['TRUST_PROXY', '10.0.0.0/33'],
    ['TRUST_PROXY', '0.0.0.0/0'],
    ['TRUST_PROXY', '::/0'],
    ['TRUST_PROXY', '10.0.0.0/'],
    ['TRUST_PROXY', '10.0.0/8'],
    ['LOG_LEVEL', 'verbose'],
    ['INTROSPECTION', 'maybe'],
    ['GRAPHIQL', 'constructor'],
    ['REGISTRATION', 'public'],
    ['CHALLENGE_URL', 'https://example.com'],
    ['CHALLENGE_URL', 'wss://user:secret@example.com'],
    ['CHALLENGE_TIMEOUT_MS', '2147483648'],
    ['TAIL_ENTRIES', '0'],
    ['SENDS_PER_SECOND', 'unlimited'],
  ])('refuse %s=%s with a sentence about it', (name, text) => {
    const problems = problemsOf({ [name]: text })
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(new RegExp(`^${name} must be .+, not ".+"\\.$`))
    expect(problems[0]).toContain(JSON.stringify(text))
  })

  it('name every problem at once', () => {
    expect(problemsOf({ PORT: 'x', LOG_LEVEL: 'loud', SPACE: '!' }).map(problem => problem.split(' ')[0])).toEqual([
      'PORT',
      'SPACE',
      'LOG_LEVEL',
    ])
  })

  it('refuse a message size that no text would fit in', () => {
    expect(problemsOf({ MAX_MESSAGE_BYTES: '16384' })).toEqual([
      'MAX_MESSAGE_BYTES must be 0 or at least 17408, so that a text of TEXT_LIMIT (4000 code points) fits, not "16384".',
    ])
    expect(parseConfig({ MAX_MESSAGE_BYTES: '16384', TEXT_LIMIT: '1000' }).maxMessageBytes).toBe(16_384)
  })

  it.each([
    'redis://localhost',
    'redis://:secret@localhost:6380/1',
    'rediss://user:secret@redis.example.com',
    'redis://a:7000,b:7001, c:7002',
  ])('take %s as the address of Redis', url => {
    expect(parseConfig({ REDIS_URL: ` ${url} ` }).redisUrl).toBe(url)
  })

  it.each(['localhost:6379', 'http://:secret@localhost', 'redis://', 'redis://:secret@a,,b', 'redis://:secret@a:x'])(
    'refuse %s as the address of Redis, without repeating what may be a password',
    url => {
      const problems = problemsOf({ REDIS_URL: url })
      expect(problems).toEqual([expect.stringMatching(/^REDIS_URL must be .+, not what was given\.$/)])
      expect(problems[0]).not.toContain('secret')
    },
  )

  it('do not repeat a huge value whole', () => {
    expect(problemsOf({ PORT: '9'.repeat(5000) })[0]?.length).toBeLessThan(200)
  })

  it('read origins and networks exactly', () => {
    const config = parseConfig({
      PUBLIC_URL: 'https://Chat.Example.com/',
      ALLOWED_ORIGINS: 'https://A.example.com:443/, http://localhost:5173,capacitor://localhost',
      TRUST_PROXY: '10.0.0.0/8, ::1 ,fd00::/8,192.168.1.7',
    })
    expect(config.publicUrl).toBe('https://chat.example.com')
    expect(config.allowedOrigins).toEqual(['https://a.example.com', 'http://localhost:5173', 'capacitor://localhost'])
    expect(config.trustProxy).toEqual([
      { address: '10.0.0.0', prefix: 8, family: 'ipv4' },
      { address: '::1', prefix: 128, family: 'ipv6' },
      { address: 'fd00::', prefix: 8, family: 'ipv6' },
      { address: '192.168.1.7', prefix: 32, family: 'ipv4' },
    ])
  })

  it('are all described', () => {
    const text = describeSettings()
    for (const [name, row] of Object.entries(SETTINGS)) {
      expect(row.description, name).toMatch(/^[A-Z].+\.$/)
      expect(text).toContain(`  ${name}=${row.default || '(none)'}`)
    }
  })
})
