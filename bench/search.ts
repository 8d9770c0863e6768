// What search costs, on this machine: `node bench/search.ts [messages]`.
// Indexing so many messages without a rest (time, bytes), queries against them, and sends a second through the store with
// the index following them and without it.
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLocalBus } from '../server/bus/local.ts'
import type { Scope } from '../server/domain/entry.ts'
import { type IndexItem, openIndexFile } from '../server/search/index-file.ts'
import { parseQuery } from '../server/search/query.ts'
import { createSearch } from '../server/search/search.ts'
import { openSqliteStore } from '../server/store/sqlite/sqlite-store.ts'

const MESSAGES = Number(process.argv[2] ?? 1_000_000)
const BATCH = 500
const ACCOUNTS = 1_000
const SENDS_MS = 8_000
const IN_FLIGHT = 200

const folder = mkdtempSync(join(tmpdir(), 'recado-bench-search-'))

let state = 1
function random(): number {
  state = (state + 0x6d2b79f5) >>> 0
  let mixed = Math.imul(state ^ (state >>> 15), state | 1)
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
}

/** Words as people use them: a few all the time, most of them seldom. */
const VOCABULARY = Array.from({ length: 50_000 }, () =>
  Array.from({ length: 2 + Math.floor(random() * 8) }, () => 'aeiouãçébcdfglmnprstv'[Math.floor(random() * 21)]).join(
    '',
  ),
)
const word = (): string => VOCABULARY[Math.floor(VOCABULARY.length ** random()) - 1] ?? 'oi'

function textOf(n: number): string {
  const words = Array.from({ length: 1 + Math.floor(random() * 12) }, word)
  if (random() < 0.2) words.push('oi')
  if (n % 300_000 === 777) words.push('raríssimo')
  return words.join(' ')
}

function itemOf(n: number): IndexItem {
  const [from, other] = [Math.floor(random() * ACCOUNTS), Math.floor(random() * ACCOUNTS)]
  const to = random() < 0.3 ? `account-${other}` : null
  return { position: 1_795_000_000_000_000 + n * 1_000, from: `account-${from}`, to, text: textOf(n), isRevised: false }
}

function percentiles(times: number[]): string {
  times.sort((a, b) => a - b)
  const at = (share: number): string =>
    (times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0).toFixed(2)
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms (${times.length} queries)`
}

function indexing(): void {
  const path = join(folder, 'search.db')
  const index = openIndexFile(path, 'bench000')
  let [ms, cpu] = [0, 0]
  for (let n = 0; n < MESSAGES; n += BATCH) {
    const items = Array.from({ length: Math.min(BATCH, MESSAGES - n) }, (_, i) => itemOf(n + i))
    const [started, before] = [performance.now(), process.cpuUsage()]
    index.write(items, items.at(-1)?.position ?? 0)
    ms += performance.now() - started
    const used = process.cpuUsage(before)
    cpu += (used.user + used.system) / 1e6
  }
  const seconds = ms / 1000
  const bytes = statSync(path).size + (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0)
  console.log(
    `index of ${MESSAGES} messages: ${seconds.toFixed(1)} s (${cpu.toFixed(1)} s of CPU), ` +
      `${Math.round(MESSAGES / seconds)} messages/s, ${(bytes / 1e6).toFixed(0)} MB`,
  )
  const ask = (name: string, text: string, scope: Scope, limit = 21, runs = 200): void => {
    const times: number[] = []
    let found = 0
    for (let run = 0; run < runs; run++) {
      const query = parseQuery(text)
      const started = performance.now()
      found = index.search({ query, viewer: `account-${run % ACCOUNTS}`, scope, limit }).positions.length
      times.push(performance.now() - started)
    }
    console.log(`${name.padEnd(44)} ${percentiles(times)}, ${found} found`)
  }
  const [common = '', second = ''] = VOCABULARY
  ask('a rare word', '"raríssimo"', 'ALL')
  ask('a common word', '"oi"', 'ALL')
  ask('three common words', `"oi" "${common}" "${second}"`, 'ALL')
  ask('a prefix of one letter', 'a', 'ALL')
  ask('a prefix of three letters', 'con', 'ALL')
  ask('private messages of one account, common word', '"oi"', 'PRIVATE')
  ask('private messages of one account, prefix', 'a', 'PRIVATE')
  ask('a phrase of common words', `"oi ${common}"`, 'ALL', 21, 50)
  ask(
    'eight common words',
    VOCABULARY.slice(0, 8)
      .map(text => `"${text}"`)
      .join(' '),
    'ALL',
    21,
    50,
  )
  ask('a phrase that is not there', '"oi oi oi"', 'ALL', 21, 50)
  index.close()
}

async function sending(isIndexed: boolean): Promise<void> {
  const dataDir = join(folder, `sends-${isIndexed}`)
  const bus = createLocalBus()
  const store = await openSqliteStore({ dataDir, events: { committed: entries => bus.publish(entries) } })
  const id = 'bench-account'
  await store.claim({ id, username: id, key: id, skeleton: id, passwordHash: null, createdAt: 1 })
  const search = isIndexed
    ? await createSearch({
        store,
        bus,
        path: join(dataDir, 'search.db'),
        log: { warn: console.warn },
        onError: console.error,
      })
    : null
  const from = { id, username: id }
  while (search?.lagSeconds === null) await new Promise(resolve => setTimeout(resolve, 20))
  const cpu = process.cpuUsage()
  let sent = 0
  let last = 0
  const end = performance.now() + SENDS_MS
  const sender = async (): Promise<void> => {
    while (performance.now() < end) {
      const messageId = randomBytes(16).toString('base64url')
      const draft = { messageId, from, to: null, text: textOf(++last), sentAt: Date.now(), replyTo: null, nonce: null }
      await store.append(draft)
      sent++
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, sender))
  const lag = search?.lagSeconds?.toFixed(1)
  const stopped = performance.now()
  const used = process.cpuUsage(cpu)
  const each = ((used.user + used.system) / sent).toFixed(0)
  let text = `${Math.round((sent / SENDS_MS) * 1000)} sends/s, ${each} µs of CPU for each`
  if (search) {
    while (search.lagSeconds !== 0) await new Promise(resolve => setTimeout(resolve, 20))
    text += `; the index was ${lag} s behind at the end, and caught up ${((performance.now() - stopped) / 1000).toFixed(1)} s later`
  }
  console.log(`${isIndexed ? 'with   ' : 'without'} the index: ${text}`)
  await search?.close()
  await store.close()
}

try {
  for (const isIndexed of [false, true, false, true]) {
    await sending(isIndexed)
    rmSync(join(folder, `sends-${isIndexed}`), { recursive: true })
  }
  indexing()
} finally {
  rmSync(folder, { recursive: true, force: true })
}
