// `recado import [file]`: an archive of `recado export` into an empty data folder or an empty space in Redis. All of it, or
// nothing.
import { createReadStream } from 'node:fs'
import { addAbortSignal, type Readable } from 'node:stream'
import { type Command, defineCommand, Failure, UsageError } from '../../client/terminal/command.ts'
import { harmlessLine } from '../../client/terminal/harmless.ts'
import { type ArchiveHeader, type ArchiveRow, type Load, transfer } from '../../server/store/archive/archive.ts'
import { noRows, type RowCounts, readLines } from '../../server/store/archive/lines.ts'
import { newEpoch } from '../../server/store/epoch.ts'
import { explainStore } from './explain-store.ts'
import { describeCounts } from './export.ts'
import { describePlace, type Place, placeArgs, placeOf } from './place.ts'
import { createProgress } from './progress.ts'
import { stopSignal } from './stop.ts'
import type { ProgramTexts } from './texts.ts'

export function createImport(texts: ProgramTexts): Command {
  const { import: words } = texts
  return defineCommand(texts, {
    name: 'import',
    about: words.about,
    args: {
      file: { type: 'positional', required: false, description: words.file },
      move: { type: 'boolean', description: words.move },
      ...placeArgs(texts),
    },
    examples: [
      ['npx recado import --move chat.jsonl --redis redis://127.0.0.1', words.examples[0]],
      ['npx recado import chat.jsonl --data-dir ./restored', words.examples[1]],
      ['gunzip -c chat.jsonl.gz | recado import', words.examples[2]],
    ],
    async run({ file = '-', move = false, ...args }) {
      const place = placeOf(args, texts)
      if (file === '-' && process.stdin.isTTY) throw new UsageError(words.terminal)
      const stop = stopSignal()
      try {
        const input: Readable = file === '-' ? process.stdin : createReadStream(file)
        const { header, rows } = await readLines(addAbortSignal(stop, input))
        if (move && header.isLive) throw new Failure(words.moveOfLive)
        const epoch = move ? header.epoch : newEpoch()
        const load = await openLoad(place, header, epoch)
        console.error(words.begins(harmlessLine(describePlace(place))))
        const counts = await loadRows(rows, load, header, texts)
        console.error(words.done(describeCounts(counts, texts)))
        console.error(move ? words.moved(epoch) : words.restored(epoch))
        return 0
      } catch (error) {
        if (stop.aborted) throw new Failure(texts.place.interrupted)
        throw explainStore(error, texts)
      }
    },
  })
}

async function openLoad(place: Place, header: ArchiveHeader, epoch: string): Promise<Load> {
  if (place.kind === 'folder') {
    return (await import('../../server/store/sqlite/load.ts')).loadSqlite(place.dataDir, header, epoch)
  }
  const { url, space, allowVolatile } = place
  const log = {
    warn: (_: object, message: string) => console.error(message),
    error: (_: object, message: string) => console.error(message),
  }
  return (await import('../../server/store/redis/load.ts')).loadRedis(header, { url, space, epoch, allowVolatile, log })
}

async function loadRows(
  rows: AsyncIterable<ArchiveRow>,
  load: Load,
  { about }: ArchiveHeader,
  texts: ProgramTexts,
): Promise<RowCounts> {
  const counts = noRows()
  const progress = createProgress({ total: about, describe: texts.progress.rows, texts })
  async function* counted(): AsyncGenerator<ArchiveRow> {
    for await (const row of rows) {
      counts[row.kind]++
      yield row
    }
  }
  try {
    await transfer(counted(), load, count => progress.advance(count))
    return counts
  } finally {
    progress.end()
  }
}
