// What happens to the files: damaged, wanted by two servers, copied while they are written, put back from a copy.
import { copyFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServerChild } from '../../setup/child.ts'
import { pick } from '../../setup/random.ts'
import { data } from '../../setup/request.ts'
import { until } from '../../setup/until.ts'
import { type Alone, inAlone } from '../alone.ts'
import { pause } from '../devices.ts'
import { damageOf, fingerprintOf } from '../files.ts'
import { runRecado, startRefused } from '../programs.ts'
import { type Row, times } from './row.ts'

const PAGE_BYTES = 4_096
/** First bytes of the pages of a b-tree: those are in use. */
const TREE_PAGES = new Set([2, 5, 10, 13])

export const corruptFile: Row = {
  name: 'corrupt-file',
  fault: 'the file is damaged: header, a page, its end',
  also: 'refuses to start and leaves it untouched',
  run: options =>
    inAlone(options, async alone => {
      const { random, dataDir, ledger } = alone
      const file = join(dataDir, 'recado.db')
      for (let round = times(options.scale, 2); round > 0; round--) {
        const load = alone.load({ lanes: 4 })
        const before = ledger.counts.acknowledged
        await until('some are acknowledged', () => ledger.counts.acknowledged > before + 60, 30_000)
        // In order, so that the file alone has everything.
        await alone.stop('SIGTERM')
        await copyFile(file, `${file}.whole`)
        for (const damage of ['header', 'page', 'end', 'empty'] as const) {
          await copyFile(`${file}.whole`, file)
          await spoil(file, damage, random)
          const found = await fingerprintOf(dataDir)
          const { status, output } = await startRefused(dataDir)
          if (status === 0 || status === null) alone.wrong(`a start on a file with a bad ${damage} ends with ${status}`)
          if (!output.includes(file)) alone.wrong(`with a bad ${damage} it does not name the file: ${output}`)
          if ((await fingerprintOf(dataDir)) !== found) alone.wrong(`a file with a bad ${damage} was changed`)
          alone.figures.refused = (alone.figures.refused ?? 0) + 1
        }
        await copyFile(`${file}.whole`, file)
        await rm(`${file}.whole`)
        await alone.start()
        await alone.reachEverybody()
        load.stop()
        await load.done
      }
    }),
}

async function spoil(file: string, damage: 'header' | 'page' | 'end' | 'empty', random: () => number): Promise<void> {
  const bytes = await readFile(file)
  const noise = (length: number): Buffer => Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)))
  if (damage === 'empty') return truncate(file, 0)
  if (damage === 'end')
    return truncate(file, PAGE_BYTES * Math.floor((bytes.length / PAGE_BYTES) * (0.3 + random() / 2)))
  if (damage === 'header') noise(64).copy(bytes)
  else {
    const pages = Array.from({ length: bytes.length / PAGE_BYTES - 1 }, (_, n) => (n + 1) * PAGE_BYTES)
    const trees = pages.filter(start => TREE_PAGES.has(bytes[start] ?? 0))
    noise(PAGE_BYTES).copy(bytes, pick(trees, random))
  }
  await writeFile(file, bytes)
}

export const secondServer: Row = {
  name: 'second-server',
  fault: 'a second server on one data folder; a backup of the live file',
  also: 'the second is refused; the backup is whole, and has all that was acknowledged before it began',
  run: options =>
    inAlone(options, async alone => {
      alone.load({ lanes: 6 })
      for (let round = times(options.scale, 3); round > 0; round--) {
        await pause(100 + alone.random() * 300)
        const { status, output } = await startRefused(alone.dataDir)
        if (status === 0 || status === null) alone.wrong(`a second server ends with ${status}`)
        if (!/DATA_DIR/.test(output)) alone.wrong(`a second server does not say why: ${output}`)
        await backUp(alone)
        await alone.reachEverybody()
      }
    }),
}

/** Makes one under load, checks it, and reads it by a server of its own. */
async function backUp({ dataDir, ledger, people, wrong, figures }: Alone): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'recado-copy-'))
  try {
    const acknowledged = ledger.acknowledgedIds()
    const copy = join(folder, 'recado.db')
    const { status, output } = await runRecado(['backup', copy], { DATA_DIR: dataDir })
    if (status !== 0) return wrong(`a backup of the live file ends with ${status}: ${output}`)
    for (const said of damageOf(copy)) wrong(`a backup is damaged: ${said}`)
    const server = await startServerChild({ dataDir: folder })
    try {
      // Whom the copied sessions let see everything, between them.
      const ids = new Set<string>()
      for (const { token } of people) for (const id of await allIds(server.graphql, token)) ids.add(id)
      const missing = acknowledged.filter(id => !ids.has(id))
      if (missing.length > 0) wrong(`a backup lacks ${missing.length} messages acknowledged before it began`)
      figures.backedUp = Math.max(figures.backedUp ?? 0, ids.size)
    } finally {
      await server.stop('SIGKILL')
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const PAGE =
  'query ($before: Cursor) { messages(before: $before, limit: 100) { nodes { id } pageInfo { hasPreviousPage startCursor } } }'

async function allIds(graphql: string, token: string): Promise<string[]> {
  const ids: string[] = []
  for (let before: string | null = null; ; ) {
    const { messages } = await data(graphql, PAGE, { token, variables: { before } })
    ids.push(...messages.nodes.map(({ id }: { id: string }) => id))
    if (!messages.pageInfo.hasPreviousPage) return ids
    before = messages.pageInfo.startCursor
  }
}

export const backupRestored: Row = {
  name: 'backup-restored',
  fault: 'a backup is restored while clients hold newer cursors',
  also: '`HISTORY_RESET` to each of them, never a silent hole',
  run: options =>
    inAlone({ ...options, libraries: 2 }, async alone => {
      const { dataDir, ledger, tally, stock, libraries } = alone
      for (let round = times(options.scale, 2); round > 0; round--) {
        const load = alone.load({ lanes: 4 })
        await pause(200 + alone.random() * 300)
        const copy = join(dataDir, 'copy.db')
        const { status, output } = await runRecado(['backup', copy], { DATA_DIR: dataDir })
        if (status !== 0) return alone.wrong(`a backup of the live file ends with ${status}: ${output}`)
        // So that everybody has something that the copy lacks.
        await alone.reachEverybody()
        await pause(alone.random() * 300)
        load.stop()
        await load.done
        await alone.reachEverybody()
        await alone.stop('SIGKILL')
        // Nothing of the old one is under way any more.
        await until('everybody has lost it', () => [...stock, ...libraries].every(({ isLive }) => !isLive))
        for (const suffix of ['', '-wal', '-shm']) await rm(`${join(dataDir, 'recado.db')}${suffix}`, { force: true })
        await copyFile(copy, join(dataDir, 'recado.db'))
        await rm(copy)
        ledger.fork()
        const before = tally.resets
        await alone.start()
        const told = (): boolean => tally.resets - before >= stock.length + libraries.length
        await until('everybody was told', told, 30_000).catch(() => {
          const count = tally.resets - before
          ledger.violate(
            'A',
            'the row',
            `${count} of ${stock.length + libraries.length} sessions were told of the reset`,
          )
        })
        await alone.reachEverybody()
      }
    }),
}
