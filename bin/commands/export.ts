// `recado export [file]`: everything that a space keeps, as JSON Lines (docs/moving.md). A file is there only when it is
// whole.
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { type Command, defineCommand, Failure, UsageError } from '../../client/terminal/command.ts'
import { harmlessLine } from '../../client/terminal/harmless.ts'
import type { Dump } from '../../server/store/archive/archive.ts'
import { type RowCounts, writeLines } from '../../server/store/archive/lines.ts'
import { explainStore } from './explain-store.ts'
import { describePlace, type Place, placeArgs, placeOf } from './place.ts'
import { createProgress } from './progress.ts'
import { stopSignal, untilStopped } from './stop.ts'
import type { ProgramTexts } from './texts.ts'

export function createExport(texts: ProgramTexts): Command {
  const { export: words } = texts
  return defineCommand(texts, {
    name: 'export',
    about: words.about,
    args: {
      file: { type: 'positional', required: false, description: words.file },
      ...placeArgs(texts),
      live: { type: 'boolean', description: words.live },
    },
    examples: [
      ['npx recado export chat.jsonl', words.examples[0]],
      ['npx recado export | gzip > chat.jsonl.gz', words.examples[1]],
      ['npx recado export --data-dir ./data | npx recado import --move --redis redis://127.0.0.1', words.examples[2]],
    ],
    async run({ file = '-', live = false, ...args }) {
      const place = placeOf(args, texts)
      if (live && place.kind === 'redis') throw new UsageError(words.liveRedis)
      if (file === '-' && process.stdout.isTTY) throw new UsageError(words.terminal)
      if (file !== '-' && existsSync(file)) throw new Failure(words.exists(harmlessLine(file)))
      try {
        const dump = await openDump(place, live)
        try {
          const counts = await writeDump(dump, file, describePlace(place), texts)
          console.error(words.done(describeCounts(counts, texts)))
          return 0
        } finally {
          await dump.close()
        }
      } catch (error) {
        throw explainStore(error, texts)
      }
    },
  })
}

async function openDump(place: Place, isLive: boolean): Promise<Dump> {
  if (place.kind === 'folder') {
    return (await import('../../server/store/sqlite/dump.ts')).dumpSqlite(place.dataDir, isLive)
  }
  return (await import('../../server/store/redis/dump.ts')).dumpRedis(place.url, place.space)
}

async function writeDump({ header, rows }: Dump, file: string, from: string, texts: ProgramTexts): Promise<RowCounts> {
  const { export: words, progress: counted } = texts
  console.error(words.begins(harmlessLine(from)))
  const stop = stopSignal()
  const progress = createProgress({ total: header.about, describe: counted.rows, texts })
  const output = file === '-' ? standardOutput() : await newFile(file)
  try {
    const wanted = untilStopped(rows, stop, () => new Failure(texts.place.interrupted))
    const pieces = writeLines({ header, rows: wanted }, count => progress.advance(count))
    for (;;) {
      const next = await pieces.next()
      if (next.done) {
        await output.finish()
        return next.value
      }
      await output.write(next.value)
    }
  } catch (error) {
    await output.abandon()
    throw error
  } finally {
    progress.end()
  }
}

interface Output {
  write(piece: Uint8Array): Promise<void>
  finish(): Promise<void>
  abandon(): Promise<void>
}

function standardOutput(): Output {
  return {
    async write(piece) {
      if (!process.stdout.write(piece)) await once(process.stdout, 'drain')
    },
    async finish() {},
    async abandon() {},
  }
}

/** For its owner only: it has password hashes. Under another name until it is whole and synced. */
async function newFile(path: string): Promise<Output> {
  const unfinished = `${path}.partial`
  await rm(unfinished, { force: true })
  const handle: FileHandle = await open(unfinished, 'wx', 0o600)
  return {
    write: async piece => void (await handle.writeFile(piece)),
    async finish() {
      await handle.sync()
      await handle.close()
      await rename(unfinished, path)
    },
    async abandon() {
      await handle.close()
      await rm(unfinished, { force: true })
    },
  }
}

/** "6 accounts, 3 sessions, …" */
export function describeCounts(counts: RowCounts, { locale, progress: words }: ProgramTexts): string {
  const numbers = new Intl.NumberFormat(locale)
  const list = new Intl.ListFormat(locale)
  // Most spaces have few, and many have none.
  const kinds = (['account', 'session', 'message', 'revision', 'nonce'] as const).filter(
    kind => kind !== 'revision' || counts.revision > 0,
  )
  return list.format(kinds.map(kind => words.kinds[kind](counts[kind], numbers.format(counts[kind]))))
}
