// The rooms and their arrows: imports point one way, so that a reader knows where a change belongs.
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Which rooms each room may import from. */
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
  // The page. Nothing in `engine` knows it: that runs in a worker.
  'client/web/model': ['client/core'],
  'client/web/browser': [],
  'client/web/style': [],
  'client/web/i18n': ['client/web/model', 'client/web/browser'],
  'client/web/parts': ['client/web/i18n', 'client/web/model', 'client/web/browser'],
  'client/web/engine': ['client/web/model', 'client/web/browser', 'client/core'],
  'client/web/state': ['client/web/engine', 'client/web/model', 'client/web/browser', 'client/core'],
  'client/web/comfort': [
    'client/web/state',
    'client/web/parts',
    'client/web/i18n',
    'client/web/model',
    'client/web/browser',
    'client/core',
  ],
  'client/web/enter': ['client/web/state', 'client/web/parts', 'client/web/i18n', 'client/web/model', 'client/core'],
  'client/web/account': [
    'client/web/comfort',
    'client/web/enter',
    'client/web/state',
    'client/web/parts',
    'client/web/i18n',
    'client/web/style',
    'client/web/model',
    'client/web/browser',
    'client/core',
  ],
  'client/web/chat': [
    'client/web/account',
    'client/web/comfort',
    'client/web/enter',
    'client/web/engine',
    'client/web/state',
    'client/web/parts',
    'client/web/i18n',
    'client/web/style',
    'client/web/model',
    'client/web/browser',
    'client/core',
  ],
  'client/terminal': ['client/core', 'client/node'],
  'client/react': ['client/core'],
  'client/node': ['client/core'],
}

/** In no room: these put the rooms together, from any of them, and nothing imports them. */
const ROOTS = ['client/web/app.tsx', 'client/web/main.tsx', 'client/web/vite.config.ts', 'server/main.ts']

/** The page's own rooms, which docs/architecture.md draws apart; in the drawing of the whole they are one. */
const PAGE = 'client/web'
const isOfPage = (room: string): boolean => room.startsWith(`${PAGE}/`)

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
  expect(files.filter(file => roomOf(file) === null).toSorted()).toEqual(ROOTS)
})

test('no arrow comes back to where it began', () => {
  const circles = (way: readonly string[]): readonly string[] =>
    (ROOMS[way.at(-1) ?? ''] ?? []).flatMap(next => {
      if (next === way[0]) return [[...way, next].join(' → ')]
      return way.includes(next) ? [] : circles([...way, next])
    })
  expect(Object.keys(ROOMS).flatMap(room => circles([room]))).toEqual([])
})

type Drawing = Record<string, string[]>

/** What a chart of docs/architecture.md draws, by room; `a --> b & c` is two arrows. */
function drawnIn(chart: string, rooms: readonly string[]): Drawing {
  const named = (id: string): string => rooms.find(room => new RegExp(`/${id}(\\.ts)?$`).test(room)) ?? id
  return Object.fromEntries(
    chart
      .replaceAll(/\["[^"]*"\]/g, '')
      .split('\n')
      .filter(line => line.includes('-->'))
      .map(line => line.trim().split(' --> '))
      .map(([from = '', to = '']) => [named(from), to.split(' & ').map(named).toSorted()]),
  )
}

/** What a chart has to draw: all arrows between these rooms, but those to some that it says can be left out. */
function drawable(rooms: Readonly<Record<string, readonly string[]>>, leftOut: readonly string[]): Drawing {
  const arrows = Object.entries(rooms).map(
    ([room, targets]) => [room, targets.filter(target => !leftOut.includes(target)).toSorted()] as const,
  )
  return Object.fromEntries(arrows.filter(([, targets]) => targets.length > 0))
}

test('docs/architecture.md draws these arrows, and lists these rooms', () => {
  const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8')
  const charts = [...page.matchAll(/```mermaid\nflowchart LR\n([\s\S]*?)```/g)].map(([, chart = '']) => chart)
  expect(charts).toHaveLength(2)
  const [ofAll = '', ofPage = ''] = charts

  // It says so of all rooms of the server, and draws none of these.
  const domain = 'server/domain'
  const without = Object.keys(ROOMS).filter(room => room.startsWith('server/') && !ROOMS[room]?.includes(domain))
  expect(without).toEqual([domain, 'server/setting.ts', 'server/config.ts'])
  const rooms = Object.entries(ROOMS)
  const fromPage = rooms.filter(([room]) => isOfPage(room)).flatMap(([, targets]) => targets)
  const whole = {
    ...Object.fromEntries(rooms.filter(([room]) => !isOfPage(room))),
    [PAGE]: [...new Set(fromPage.filter(target => !isOfPage(target)))],
  }
  expect(drawnIn(ofAll, Object.keys(whole))).toEqual(drawable(whole, [domain]))

  // It says of these that they import no other room of the page.
  const ground = ['client/web/model', 'client/web/browser', 'client/web/style']
  expect(ground.flatMap(room => ROOMS[room]?.filter(isOfPage))).toEqual([])
  const ofPageOnly = Object.fromEntries(rooms.filter(([room]) => isOfPage(room)))
  expect(drawnIn(ofPage, Object.keys(ofPageOnly))).toEqual(drawable(ofPageOnly, [...ground, 'client/core']))

  const listed = [...page.matchAll(/^\| \[.*?\]\(\.\.\/.* \|$/gm)].flatMap(([row]) =>
    [...(row.split(' | ')[0] ?? '').matchAll(/\]\(\.\.\/([^)]+)\)/g)].map(([, room = '']) => room),
  )
  expect(listed.toSorted()).toEqual([...Object.keys(ROOMS), PAGE, ...ROOTS].toSorted())
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
  expect(arrow('client/web/engine/port.ts', '../state/chat.ts')).toBe(true)
  expect(arrow('client/web/comfort/worth.ts', '../chat/bars.tsx')).toBe(true)
  expect(arrow('client/web/chat/bars.tsx', '../comfort/worth.ts')).toBe(false)
  expect(arrow('client/web/chat/bars.tsx', '../app.tsx')).toBe(true)
  expect(arrow('client/web/chat/bars.tsx', '../new-room/thing.ts')).toBe(true)
})
