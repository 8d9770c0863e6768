// A program of its own that says one thing after another by the library, with its outbox in files, and tells on standard
// output what it does; and what starts it, reads that, and kills it.
//   s P TEXT       about to say it (P: 1 private, 0 public)
//   k TEXT         it is in the outbox, on disk
//   a ID CURSOR TEXT   acknowledged; also what an earlier life of it had left
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createRecado } from '../../client/core/recado.ts'
import { createFileStorage } from '../../client/node/index.ts'
import { until, within } from '../setup/until.ts'

export interface SpeakerOptions {
  readonly url: string
  readonly token: string
  readonly account: string
  /** To whom the private ones go. */
  readonly to: string
  /** Of the outbox. */
  readonly folder: string
  /** The number of the first text. */
  readonly first: number
  readonly pauseMs: number
  /** Says so many, and ends with 0 once the outbox is empty. Default: goes on until it is killed. */
  readonly most?: number
}

export interface Speaker {
  /** How many times it was about to say something. */
  readonly said: number
  /** kill -9; resolves once all that it had told was read. */
  kill(): Promise<void>
  /** Its status, once it ends by itself. */
  ended(deadlineMs: number): Promise<number | null>
}

export interface SpeakerEvents {
  saying(text: string, isPrivate: boolean): void
  kept(text: string): void
  acknowledged(text: string, at: { readonly id: string; readonly cursor: string }): void
}

export function startSpeaker(options: SpeakerOptions, events: SpeakerEvents): Speaker {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = once(child, 'close')
  let said = 0
  let rest = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) hear(line)
  })

  function hear(line: string): void {
    const [kind, ...words] = line.split(' ')
    if (kind === 's') {
      said++
      events.saying(words.slice(1).join(' '), words[0] === '1')
    } else if (kind === 'k') events.kept(words.join(' '))
    else if (kind === 'a') {
      const [id = '', cursor = '', ...text] = words
      events.acknowledged(text.join(' '), { id, cursor })
    }
  }

  return {
    get said() {
      return said
    },
    async kill() {
      child.kill('SIGKILL')
      await within('the end of the program', closed)
    },
    async ended(deadlineMs) {
      const [status] = await within('the end of the program', closed, deadlineMs).catch(async error => {
        child.kill('SIGKILL')
        await closed
        throw error
      })
      return status
    },
  }
}

/** At once, whatever happens next. */
function tell(...words: string[]): void {
  writeSync(1, `${words.join(' ')}\n`)
}

async function speak(options: SpeakerOptions): Promise<void> {
  const { url, token, account, to, folder, first, pauseMs, most = Number.POSITIVE_INFINITY } = options
  const files = createFileStorage(folder)
  const recado = createRecado({
    url,
    token,
    account,
    storage: {
      ...files,
      async put(key, entry) {
        await files.put(key, entry)
        tell('k', entry.text)
      },
    },
  })
  for (let n = 0; n < most; n++) {
    const isPrivate = n % 3 === 2
    const text = `spoken ${first + n}`
    tell('s', isPrivate ? '1' : '0', text)
    const answer = isPrivate ? recado.sendTo(to, text) : recado.sendPublic(text)
    answer.then(
      message => tell('a', message.id, message.cursor, text),
      () => {},
    )
    await new Promise(resolve => setTimeout(resolve, pauseMs))
  }
  await until('the outbox is empty', () => recado.outbox.entries.length === 0, 50_000)
  await recado.close()
}

if (import.meta.main) {
  await speak(JSON.parse(process.argv[2] ?? '{}'))
  process.exit(0)
}
