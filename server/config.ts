// Every setting in one table: environment name, unit, default, check and one sentence. The environment comes in, a
// typed `Config` comes out, or a ConfigError that names each wrong variable, what was expected and what came.
// `recado serve --help` and docs/reference/settings.md are written from the same rows.
import {
  choice,
  integer,
  LONGEST_MS,
  list,
  onOff,
  parseHost,
  parseNetwork,
  parseOrigin,
  parsePrintable,
  parseRedisUrl,
  parseUrl,
  type Setting,
  word,
} from './setting.ts'

/** Every setting by its environment name. `Config` has them by the same name in camel case. 0 turns a limit off. */
export const SETTINGS = {
  PORT: integer({
    unit: 'port',
    default: '4000',
    max: 65_535,
    description: 'The TCP port to listen on; 0 takes any free one.',
  }),
  HOST: word('an IP address or a host name', parseHost, {
    unit: 'address',
    default: '127.0.0.1',
    description: 'The address to listen on; 0.0.0.0 lets other devices on the network in.',
  }),
  DATA_DIR: word('a path', text => (text.includes('\0') ? undefined : text), {
    unit: 'path',
    default: './data',
    description: 'The folder that keeps messages and accounts; one server at a time uses it.',
  }),
  REDIS_URL: {
    ...word(
      'redis://user:password@host:6379/0, rediss:// for TLS, or redis://a:7000,b:7001 for a Cluster',
      parseRedisUrl,
      {
        unit: 'URL',
        default: '',
        description:
          'The Redis, Valkey or Redis Cluster that several servers share; without one the data folder is used.',
      },
    ),
    isSecret: true,
  },
  REDIS_ALLOW_VOLATILE: onOff({
    default: 'off',
    description:
      'Whether a Redis is taken that may lose acknowledged messages: without an append-only file, or evicting.',
  }),
  REDIS_WAIT_REPLICAS: integer({
    unit: 'replicas',
    default: '0',
    max: 100,
    description: 'How many replicas of Redis must have a message before it is acknowledged.',
  }),
  SPACE: word('1 to 64 characters of a-z, 0-9, _ and -', text => (/^[a-z0-9_-]{1,64}$/.test(text) ? text : undefined), {
    unit: 'name',
    default: 'main',
    description: 'The name of the chat (one log) that this server serves.',
  }),
  PUBLIC_URL: word(
    'the http or https address of the server, without a path, such as https://chat.example.com',
    text => {
      if (text === '') return null
      const url = parseUrl(text, ['http:', 'https:'])
      return url !== undefined && url.pathname === '/' && url.search === '' ? url.origin : undefined
    },
    {
      unit: 'URL',
      default: '',
      description: 'How people reach the server through a proxy; pages of this origin may use its cookie.',
    },
  ),
  ALLOWED_ORIGINS: list('a comma-separated list of exact origins, such as https://chat.example.com', parseOrigin, {
    unit: 'list of origins',
    default: '',
    description: 'Further origins whose pages may use this server, with CORS; never a wildcard.',
  }),
  TRUST_PROXY: list('a comma-separated list of addresses and networks, such as 10.0.0.0/8', parseNetwork, {
    unit: 'list of networks',
    default: '',
    description: 'The proxies that are believed when X-Forwarded-For says where a client is; exact networks.',
  }),
  LOG_LEVEL: choice(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
    default: 'info',
    description: 'The least important lines that the log on standard output still has.',
  }),
  INTROSPECTION: onOff({ default: 'on', description: 'Whether clients may ask for the schema.' }),
  GRAPHIQL: onOff({ default: 'on', description: 'Whether a browser finds GraphiQL at /graphql.' }),
  REGISTRATION: choice(['open', 'invite', 'closed'], {
    default: 'open',
    description: 'Who may claim a free name: anybody, those with an invitation, or nobody.',
  }),
  JWT_ISSUER: word('1 to 500 printable characters: the `iss` of the tokens', parsePrintable, {
    unit: 'URL or name',
    default: '',
    description: 'Whose JSON Web Tokens enter here, as the account of their `sub`; none by default.',
  }),
  JWT_AUDIENCE: word('1 to 500 printable characters', parsePrintable, {
    unit: 'name',
    default: '',
    description: 'The `aud` that those tokens must have; needed unless JWT_SECRET is set.',
  }),
  JWT_JWKS_URL: word(
    'an http or https address',
    text => (text === '' ? null : parseUrl(text, ['http:', 'https:']) && text),
    {
      unit: 'URL',
      default: '',
      description: 'Where the issuer publishes its keys; by default where its discovery document says.',
    },
  ),
  JWT_SECRET: {
    ...word('at least 32 bytes', text => (text === '' ? null : Buffer.byteLength(text) >= 32 ? text : undefined), {
      unit: 'secret',
      default: '',
      description: 'A secret that this server shares with the issuer (HS256, HS384, HS512), instead of published keys.',
    }),
    isSecret: true,
  },
  JWT_NAME_CLAIM: word('the name of a claim', text => (/^[!-~]{1,100}$/.test(text) ? text : undefined), {
    unit: 'name',
    default: 'preferred_username',
    description: 'The claim that the name of a new account is made of; a name that is taken gets something behind it.',
  }),
  SESSION_DAYS: integer({
    unit: 'days',
    default: '180',
    max: 36_500,
    description: 'How long a session lasts without being used; each use renews it, and 0 lets it last for ever.',
  }),
  CHALLENGE_URL: word(
    'a ws or wss address without a user and password',
    text => (parseUrl(text, ['ws:', 'wss:']) === undefined ? undefined : text),
    {
      unit: 'URL',
      default: 'wss://websocket-fh6l.onrender.com',
      description: 'The challenge server whose message `probe` reads.',
    },
  ),
  CHALLENGE_TIMEOUT_MS: integer({
    unit: 'ms',
    default: '75000',
    max: LONGEST_MS,
    description: 'How long the challenge server may take to open a socket; it sleeps when unused and wakes slowly.',
  }),
  QUERY_DEPTH: integer({
    unit: 'levels',
    default: '6',
    description: 'How deep the selections of an operation may nest; introspection is exempt.',
  }),
  QUERY_TOKENS: integer({
    unit: 'tokens',
    default: '1000',
    description: 'How many lexical tokens a document may have.',
  }),
  QUERY_ALIASES: integer({ default: '15', description: 'How many aliases a document may have.' }),
  QUERY_COST: integer({
    unit: 'points',
    default: '5000',
    description: 'How much an operation may cost: a field costs 1; inside a page, times its limit.',
  }),
  MAX_MESSAGE_BYTES: integer({
    unit: 'bytes',
    default: '65536',
    max: 2 ** 30,
    description: 'The largest HTTP body and WebSocket message that is read.',
  }),
  TEXT_LIMIT: integer({
    unit: 'code points',
    default: '4000',
    description:
      'The longest text of a message; in UTF-8 it may have four bytes for each, rounded up to whole KiB (16 KiB).',
  }),
  PAGE_LIMIT: integer({
    unit: 'items',
    default: '100',
    description: 'The most messages or people that one page may ask for.',
  }),
  SUBSCRIPTIONS_PER_SOCKET: integer({
    default: '50',
    description: 'Subscriptions running on one socket at a time.',
  }),
  CONNECTIONS_PER_USER: integer({ default: '50', description: 'Connections of one account at a time.' }),
  CONNECTIONS_PER_ADDRESS: integer({
    default: '1000',
    description: 'Connections from one address at a time; loopback is exempt.',
  }),
  GROUPS_PER_ADDRESS: integer({
    default: '20',
    description: 'Distinct subscription operations that one address may keep running.',
  }),
  GROUPS: integer({ default: '1000', description: 'Distinct subscription operations that may run in all.' }),
  INIT_TIMEOUT_MS: integer({
    unit: 'ms',
    default: '20000',
    max: LONGEST_MS,
    description: 'How long a new WebSocket may take to send connection_init.',
  }),
  PING_INTERVAL_MS: integer({
    unit: 'ms',
    default: '12000',
    max: LONGEST_MS,
    description: 'How often a silent WebSocket is asked whether it is still there.',
  }),
  SENDS_PER_SECOND: integer({
    unit: 'messages/s',
    default: '10',
    description: 'Messages that an account may send, lasting; three times that in a burst.',
  }),
  SEARCH: onOff({
    default: 'on',
    description: 'Whether messages can be searched; the index is a file of its own, search.db, made from the log.',
  }),
  SEARCHES_PER_SECOND: integer({
    unit: 'searches/s',
    default: '5',
    description: 'Searches that an account may make, lasting; three times that in a burst.',
  }),
  ENTER_PER_MINUTE: integer({
    unit: 'attempts/min',
    default: '5',
    description: 'Attempts to enter with one name from one address.',
  }),
  SESSIONS_PER_USER: integer({
    default: '100',
    min: 1,
    max: 1_000,
    description: 'Devices that one account may have entered on; one more ends the session that was used longest ago.',
  }),
  NEW_NAMES_PER_HOUR: integer({
    unit: 'names/h',
    default: '200',
    description: 'Names that one address may claim; loopback is exempt.',
  }),
  BACKLOG_BYTES: integer({
    unit: 'bytes',
    default: '1048576',
    max: 2 ** 30,
    description: 'What may wait in memory for one slow socket before it reads from the log at its own pace.',
  }),
  DRAIN_SECONDS: integer({
    unit: 'seconds',
    default: '5',
    max: 3600,
    description: 'Over how long a stopping server spreads the closing of its sockets; 0 closes all at once.',
  }),
  TAIL_ENTRIES: integer({
    unit: 'entries',
    default: '4096',
    min: 16,
    description: 'The newest entries of the log that are kept in memory.',
  }),
  RETAIN_MESSAGES: integer({
    unit: 'messages',
    default: '0',
    max: 10 ** 12,
    description: 'How many of the newest messages the log keeps; older ones are removed once a minute old.',
  }),
  RETAIN_DAYS: integer({
    unit: 'days',
    default: '0',
    max: 36_500,
    description: 'How long the log keeps a message; with RETAIN_MESSAGES too, whichever is reached first.',
  }),
} as const satisfies Record<string, Setting<unknown>>

export type SettingName = keyof typeof SETTINGS

type CamelCase<Name extends string> = Name extends `${infer First}_${infer Rest}`
  ? `${Lowercase<First>}${Capitalize<CamelCase<Rest>>}`
  : Lowercase<Name>

type Value<Row> = Row extends Setting<infer T> ? T : never

/** All settings, checked. A limit of 0 is off: whoever applies it treats 0 as "no limit". */
export type Config = { readonly [Name in SettingName as CamelCase<Name>]: Value<(typeof SETTINGS)[Name]> } & {
  /** Bytes of UTF-8 in a text: four for each of `textLimit`'s code points, rounded up to whole KiB. 0: no limit. */
  readonly textLimitBytes: number
  /** Whether somebody has said which data folder. */
  readonly isDataDirGiven: boolean
}

/** The environment does not make sense. Its message has one sentence a line, each about one variable. */
export class ConfigError extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.name = 'ConfigError'
    this.problems = problems
  }
}

/** What comes beside a document's variables in one message: the document, the nonce, the envelope. */
const ENVELOPE_BYTES = 1024

/**
 * Reads the settings from an environment. A variable that is unset, empty or blank has its default.
 *
 * @throws ConfigError that collects every problem
 */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const problems: string[] = []
  const values: Record<string, unknown> = {}
  for (const [name, setting] of Object.entries<Setting<unknown>>(SETTINGS)) {
    const text = env[name]?.trim() || setting.default
    const value = setting.parse(text)
    if (value === undefined) {
      problems.push(`${name} must be ${setting.expected}, not ${setting.isSecret ? 'what was given' : quoted(text)}.`)
    }
    values[camelCase(name)] = value
  }
  const textLimitBytes = Math.ceil((Number(values.textLimit) * 4) / 1024) * 1024
  const messageBytes = Number(values.maxMessageBytes)
  if (messageBytes > 0 && textLimitBytes > 0 && messageBytes < textLimitBytes + ENVELOPE_BYTES) {
    problems.push(
      `MAX_MESSAGE_BYTES must be 0 or at least ${textLimitBytes + ENVELOPE_BYTES}, so that a text of TEXT_LIMIT ` +
        `(${values.textLimit} code points) fits, not "${messageBytes}".`,
    )
  }
  problems.push(...tokenProblems(values))
  if (problems.length > 0) throw new ConfigError(problems)
  return { ...values, textLimitBytes, isDataDirGiven: Boolean(env.DATA_DIR?.trim()) } as Config
}

/** The table for people at a terminal. */
export function describeSettings(): string {
  return Object.entries<Setting<unknown>>(SETTINGS)
    .map(([name, { unit, default: text, description }]) => {
      const value = text === '' ? '(none)' : text
      return `  ${name}=${value}${unit === '' ? '' : `  [${unit}]`}\n      ${description}`
    })
    .join('\n')
}

/** What can't be of the settings about tokens of others, as sentences. */
function tokenProblems({ jwtIssuer, jwtAudience, jwtJwksUrl, jwtSecret }: Record<string, unknown>): string[] {
  const [issuer, audience, jwks, secret] = [jwtIssuer, jwtAudience, jwtJwksUrl, jwtSecret]
  // What was refused already is not said once more.
  if ([issuer, audience, jwks, secret].includes(undefined)) return []
  if (issuer === null) {
    return audience === null && jwks === null && secret === null
      ? []
      : ['JWT_ISSUER must be set where JWT_AUDIENCE, JWT_JWKS_URL or JWT_SECRET is.']
  }
  if (secret !== null) return jwks === null ? [] : ['JWT_JWKS_URL and JWT_SECRET exclude each other.']
  const problems: string[] = []
  if (audience === null) {
    problems.push('JWT_AUDIENCE must be set: without it a token that the issuer gave for another program would do.')
  }
  if (jwks === null && !parseUrl(String(issuer), ['http:', 'https:'])) {
    problems.push('JWT_ISSUER must be a URL, or JWT_JWKS_URL or JWT_SECRET be set: its keys are looked for there.')
  }
  return problems
}

function camelCase(name: string): string {
  return name.toLowerCase().replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text)
}
