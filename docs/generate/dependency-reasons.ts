// Why each package that runs with Recado is there, and what would take its place. docs/dependencies.md is written from it
// (dependencies.ts); a test fails when a package has no reason here, or a reason has no package.

export interface Reason {
  /** Which part uses it: the server, the terminal, the library that others build on. */
  readonly where: string
  /** What it does that we would otherwise have to. */
  readonly why: string
  /** What we would do without it. */
  readonly instead: string
}

export const REASONS: Readonly<Record<string, Reason>> = {
  '@graphql-typed-document-node/core': {
    where: 'library',
    why: 'The type of a document with its result and variables; types only, no code runs.',
    instead: 'A type of our own, which other clients’ tools would not know.',
  },
  '@graphql-yoga/render-graphiql': {
    where: 'server',
    why: 'GraphiQL in one file, so that it works offline and nothing is fetched from elsewhere; loaded when first asked for.',
    instead: 'GraphiQL built by ourselves; `GRAPHIQL=off` goes without.',
  },
  '@urql/core': {
    where: 'library',
    why: 'The GraphQL client that ours is made of: operations, exchanges, fetch.',
    instead: 'A few hundred lines, and nothing that people of urql could build on.',
  },
  citty: {
    where: 'terminal',
    why: 'Reads the command line: commands, flags and their types.',
    instead: '`parseArgs` of Node, and what it leaves out.',
  },
  'eventsource-parser': {
    where: 'library',
    why: 'Parses server-sent events as the standard says, where WebSockets are blocked.',
    instead: 'A parser of our own, about a hundred lines.',
  },
  graphql: {
    where: 'server',
    why: 'The language itself: parsing, validation, execution.',
    instead: 'Nothing.',
  },
  'graphql-http': {
    where: 'terminal',
    why: 'Its audits of GraphQL over HTTP are part of `recado audit`; loaded by that command alone.',
    instead: 'Thirty-six audits written again, which would not be those that other servers are held to.',
  },
  'graphql-redis-subscriptions': {
    where: 'server',
    why: 'Pub/sub between nodes over Redis: one subscription a topic, shared.',
    instead: 'ioredis’s own subscribe with a table of topics.',
  },
  'graphql-subscriptions': {
    where: 'server',
    why: 'graphql-redis-subscriptions is built on its interface and asks for it.',
    instead: 'Goes with graphql-redis-subscriptions.',
  },
  'graphql-ws': {
    where: 'server, library',
    why: 'The client of graphql-transport-ws, and the names and shapes of its messages for the server.',
    instead: 'A client of our own; stock clients would still use theirs.',
  },
  'graphql-yoga': {
    where: 'server',
    why: 'GraphQL over HTTP as its specification says, audited by graphql-http.',
    instead: 'graphql-http, with server-sent events of our own.',
  },
  ink: {
    where: 'terminal',
    why: 'Draws the full-screen chat and writes only what changed.',
    instead: 'The line-by-line terminal (`--plain`), which goes without.',
  },
  ioredis: {
    where: 'server',
    why: 'The connection to Redis and Redis Cluster: scripts, pipelines, reconnection. Used with `REDIS_URL` only.',
    instead: 'node-redis.',
  },
  jose: {
    where: 'server',
    why: 'Checks tokens of another system (`JWT_ISSUER`): signatures, key sets, times, allowed algorithms. Loaded only then.',
    instead: 'No tokens of others: checking signatures is nothing to write again.',
  },
  'lru-cache': {
    where: 'server',
    why: 'Whatever is kept by a key that strangers choose is bounded by it.',
    instead: 'A bounded Map, slower where entries also age.',
  },
  pino: {
    where: 'server',
    why: 'The log: lines of JSON with secrets taken out, cheap enough for a busy server.',
    instead: '`JSON.stringify` and a list of names to take out.',
  },
  'prom-client': {
    where: 'server',
    why: 'Metrics as Prometheus reads them, with histograms.',
    instead: 'A text of our own; histograms are the work.',
  },
  'rate-limiter-flexible': {
    where: 'server',
    why: 'Limits that several nodes count together in Redis, atomically.',
    instead: 'Our own script with ioredis.',
  },
  react: {
    where: 'library, terminal',
    why: 'The full-screen chat and the hooks of `recado/react`; the page has its own copy built in.',
    instead: 'Goes with ink; `recado/react` needs it anyway.',
  },
  sirv: {
    where: 'server',
    why: 'Serves the page’s files: ETags, ranges, what was compressed at build; paths that leave its folder find nothing.',
    instead: 'About a hundred and fifty lines whose mistakes would be holes.',
  },
  'string-width': {
    where: 'terminal',
    why: 'How many columns a text takes: emoji, CJK, combining marks. ink brings it as well.',
    instead: 'Tables of our own that age with Unicode.',
  },
  uqr: {
    where: 'terminal',
    why: 'Draws the QR code with which `serve --lan` lets a phone in; the page draws its own with it, too.',
    instead: 'The address alone, to be typed.',
  },
  urql: {
    where: 'library',
    why: 'The hooks and the provider that `recado/react` hands on.',
    instead: 'Hooks of our own over `@urql/core`.',
  },
  ws: {
    where: 'server',
    why: 'WebSocket frames as RFC 6455 has them, measured and attacked for a decade.',
    instead: 'Nothing: Node has a client, no server.',
  },
}

/** What is built into the page, and so runs in browsers, beside what is above. */
export const PAGE_REASONS: Readonly<Record<string, Reason>> = {
  '@tanstack/react-virtual': {
    where: 'page',
    why: 'Draws only the rows of a long thread that are on the screen, of whatever height each turns out to be.',
    instead: 'A thread that gets slow with its length, or the same work by ourselves.',
  },
  preact: {
    where: 'page',
    why: 'Runs in browsers what is written for React, a fraction of its size (docs/decisions/0018).',
    instead: 'react-dom, and 61 KiB more in a first visit.',
  },
}

/** Node itself, which npm brings for each platform, so that any Node starts the right one. */
export const NODE_ITSELF = /^node-(?:linux|darwin|win)-/

/** Licences under which anybody may use, change and pass on what carries them, without more than naming their authors. */
export const ALLOWED_LICENCES: readonly string[] = [
  'MIT',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'BlueOak-1.0.0',
  '(MIT OR CC0-1.0)',
]
