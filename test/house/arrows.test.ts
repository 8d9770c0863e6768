// The rooms and their arrows: imports point one way, so that a reader knows where a change belongs.
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Which rooms each room may import from. `main` is the composition root: everything. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  'server/domain': [],
  'server/setting.ts': [],
  'server/config.ts': ['server/setting.ts'],
  'server/redis': ['server/domain'],
  'server/store': ['server/redis', 'server/domain'],
  'server/bus': ['server/redis', 'server/domain'],
  'server/storage.ts': [
    'server/store',
    'server/bus',
    'server/redis',
    'server/telemetry',
    'server/config.ts',
    'server/domain',
  ],
  'server/challenge': ['server/domain'],
  'server/telemetry': ['server/domain', 'server/config.ts'],
  'server/search': ['server/store', 'server/bus', 'server/domain'],
  'server/feed': ['server/store', 'server/bus', 'server/domain'],
  'server/reading': ['server/store', 'server/bus', 'server/domain'],
  'server/moderation': ['server/store', 'server/domain'],
  'server/accounts': ['server/moderation', 'server/store', 'server/domain'],
  'server/operator': ['server/accounts', 'server/moderation', 'server/store', 'server/domain'],
  'server/graphql': [
    'server/feed',
    'server/reading',
    'server/search',
    'server/accounts',
    'server/moderation',
    'server/challenge',
    'server/store',
    'server/domain',
  ],
  'server/transport': [
    'server/graphql',
    'server/feed',
    'server/reading',
    'server/accounts',
    'server/telemetry',
    'server/setting.ts',
    'server/domain',
  ],
  // It looks at any server from outside.
  audit: [],
  'client/core': [],
  'client/web': ['client/core'],
  'client/terminal': ['client/core', 'client/node'],
  'client/react': ['client/core'],
  'client/node': ['client/core'],
}

function roomOf(file: string): string | null {
  return Object.keys(ROOMS).find(room => file === room || file.startsWith(`${room}/`)) ?? null
}

interface Arrow {
  readonly from: string
  readonly to: string
}

/** Imports of our own files: static ones, types, and lazy ones. */
function arrowsOf(file: string, text: string): Arrow[] {
  const specifiers = text.matchAll(/(?:from\s*|import\s*\(\s*|import\s+)['"](\.[^'"]+)['"]/g)
  return [...specifiers].map(([, specifier]) => ({
    from: file,
    to: relative(root, resolve(root, dirname(file), specifier as string)),
  }))
}

function forbidden({ from, to }: Arrow): boolean {
  const [room, target] = [roomOf(from), roomOf(to)]
  if (room === null) return false
  if (target === null) return /^(server|client|audit)\//.test(to)
  return target !== room && !ROOMS[room]?.includes(target)
}

const files = globSync(['audit/**/*.ts', 'server/**/*.ts', 'client/**/*.{ts,tsx}'], { cwd: root }).filter(
  file => !file.includes('/dist/'),
)

test('imports point one way', () => {
  const arrows = files.flatMap(file => arrowsOf(file, readFileSync(join(root, file), 'utf8')))
  expect(arrows.length).toBeGreaterThan(100)
  expect(arrows.filter(forbidden)).toEqual([])
})

test('every file of audit, server and client is in a room', () => {
  expect(files.filter(file => roomOf(file) === null)).toEqual(['server/main.ts'])
})

/** The arrows of docs/architecture.md, by room; `a --> b & c` is two. */
function drawnArrows(page: string): Record<string, string[]> {
  const [, chart = ''] = /```mermaid\nflowchart LR\n([\s\S]*?)```/.exec(page) ?? []
  const named = (id: string): string => Object.keys(ROOMS).find(room => new RegExp(`/${id}(\\.ts)?$`).test(room)) ?? id
  return Object.fromEntries(
    chart
      .replaceAll(/\["[^"]*"\]/g, '')
      .split('\n')
      .filter(line => line.includes('-->'))
      .map(line => line.trim().split(' --> '))
      .map(([from = '', to = '']) => [named(from), to.split(' & ').map(named).toSorted()]),
  )
}

test('docs/architecture.md draws these arrows, and lists these rooms', () => {
  const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8')
  // The page says so of all rooms of the server, and draws none of these.
  const domain = 'server/domain'
  const without = Object.keys(ROOMS).filter(room => room.startsWith('server/') && !ROOMS[room]?.includes(domain))
  expect(without).toEqual([domain, 'server/setting.ts', 'server/config.ts'])
  const drawable = Object.entries(ROOMS)
    .map(([room, targets]) => [room, targets.filter(target => target !== domain).toSorted()] as const)
    .filter(([, targets]) => targets.length > 0)
  expect(drawnArrows(page)).toEqual(Object.fromEntries(drawable))
  const listed = [...page.matchAll(/^\| \[.*?\]\(\.\.\/.* \|$/gm)].flatMap(([row]) =>
    [...(row.split(' | ')[0] ?? '').matchAll(/\]\(\.\.\/([^)]+)\)/g)].map(([, room = '']) => room),
  )
  expect(listed.toSorted()).toEqual([...Object.keys(ROOMS), 'server/main.ts'].toSorted())
})

test('the check can fail', () => {
  const arrow = (from: string, specifier: string): boolean =>
    arrowsOf(from, `import { x } from '${specifier}'`).some(forbidden)
  expect(arrow('server/domain/entry.ts', '../store/store.ts')).toBe(true)
  expect(arrow('server/store/sqlite/writer.ts', '../../bus/bus.ts')).toBe(true)
  expect(arrow('client/core/recado.ts', '../../server/domain/entry.ts')).toBe(true)
  expect(arrow('audit/topics/feeds.ts', '../../server/domain/entry.ts')).toBe(true)
  expect(arrow('audit/topics/feeds.ts', '../../client/core/recado.ts')).toBe(true)
  expect(arrow('audit/topics/feeds.ts', '../check.ts')).toBe(false)
  expect(arrow('server/feed/hub.ts', '../domain/entry.ts')).toBe(false)
  expect(arrow('server/feed/hub.ts', '../main.ts')).toBe(true)
})
