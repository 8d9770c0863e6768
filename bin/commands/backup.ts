// `recado backup <file>`: a copy of a data folder's database, also while its server runs, checked before it gets its name.
import { type Command, defineCommand, Failure, UsageError } from '../../client/terminal/command.ts'
import { harmlessLine } from '../../client/terminal/harmless.ts'
import { backUpSqlite } from '../../server/store/sqlite/backup.ts'
import { explainStore } from './explain-store.ts'
import { placeArgs, placeOf } from './place.ts'
import { createProgress } from './progress.ts'
import { stopSignal } from './stop.ts'
import type { ProgramTexts } from './texts.ts'

const MEBIBYTE = 1024 * 1024

export function createBackup(texts: ProgramTexts): Command {
  const { backup: words } = texts
  const { 'data-dir': dataDir, space } = placeArgs(texts)
  return defineCommand(texts, {
    name: 'backup',
    about: words.about,
    args: {
      file: { type: 'positional', required: false, description: words.file },
      'data-dir': dataDir,
      space,
    },
    examples: [
      ['npx recado backup /var/backups/recado/today.db', words.examples[0]],
      ['npx recado backup copy.db --data-dir ./data', words.examples[1]],
    ],
    async run({ file, ...args }) {
      if (file === undefined) throw new UsageError(words.whereTo)
      const place = placeOf(args, texts)
      if (place.kind === 'redis') throw new UsageError(words.redis)
      const size = (bytes: number) => Math.ceil(bytes / MEBIBYTE)
      let progress: ReturnType<typeof createProgress> | null = null
      const stop = stopSignal()
      try {
        console.error(words.begins(harmlessLine(place.dataDir)))
        const { bytes, messages } = await backUpSqlite(place.dataDir, file, {
          signal: stop,
          onCopied(done, of) {
            progress ??= createProgress({ total: size(of), describe: texts.progress.mebibytes, texts })
            progress.set(size(done))
          },
          onChecking() {
            progress?.end()
            console.error(words.checking)
          },
        })
        const numbers = new Intl.NumberFormat(texts.locale)
        const shown =
          bytes < MEBIBYTE ? `${numbers.format(Math.ceil(bytes / 1024))} KiB` : `${numbers.format(size(bytes))} MiB`
        console.error(words.done(harmlessLine(file), shown, numbers.format(messages)))
        return 0
      } catch (error) {
        if (stop.aborted) throw new Failure(texts.place.interrupted)
        throw explainStore(error, texts)
      }
    },
  })
}
