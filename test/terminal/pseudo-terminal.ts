// A real pseudo-terminal (`script`) with a shell in it that runs the command, and a terminal emulator that reads what is
// written: tests look at the screen as a person would, and at what is left of the terminal afterwards.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import xterm from '@xterm/headless'
import { until, within } from '../setup/until.ts'
import { COMPILE_CACHE, PROGRAM } from './program.ts'

export interface TerminalOptions {
  /** Where the person's files are. */
  readonly folder: string
  /** Of `recado`. */
  readonly words: readonly string[]
  /** What is run instead of `recado`, for the shell; it gets no words. */
  readonly command?: string
  readonly env?: Record<string, string>
  readonly columns?: number
  readonly rows?: number
}

/** Neighbouring cells of a row that look alike. */
export interface Run {
  readonly text: string
  /** In cells. */
  readonly width: number
  /** Of the terminal's palette; null: its own colour for texts. */
  readonly colour: number | null
  readonly isBold: boolean
  readonly isDim: boolean
  readonly isInverse: boolean
}

export interface PseudoTerminal {
  /** The rows of the screen without the space at their ends. */
  screen(): string[]
  /** The rows of the screen as they look. */
  runs(): Run[][]
  /** Everything that was written, escape sequences and all. */
  raw(): string
  type(text: string): void
  shows(pattern: RegExp): Promise<void>
  lacks(pattern: RegExp): Promise<void>
  resize(columns: number, rows: number): Promise<void>
  /** To the command itself, as `kill` does. */
  kill(signal: NodeJS.Signals): Promise<void>
  /** Whether the alternate screen is shown. */
  isFull(): boolean
  cursor(): { x: number; y: number }
  /** Foreground colours and the like of the cell at which the text begins. */
  styleOf(text: string): { colour: number; isInverse: boolean; isDefault: boolean } | null
  /** Once the command has ended: its exit code, what the shell's terminal is like, and whether the cursor shows. */
  ended(): Promise<{
    code: number
    isFull: boolean
    isCursorShown: boolean
    hasBracketedPaste: boolean
    wraps: boolean
    modes: string
    after: string[]
  }>
  close(): Promise<void>
}

/** For a shell. */
export const quoted = (words: readonly string[]): string =>
  words.map(word => `'${word.replaceAll("'", "'\\''")}'`).join(' ')

/** @throws when there is no `script` (util-linux) */
export async function openPseudoTerminal(options: TerminalOptions): Promise<PseudoTerminal> {
  const { folder, words, env = {}, columns = 80, rows = 24 } = options
  const file = (name: string): string => join(folder, name)
  const files = { pid: file('pid'), tty: file('tty'), command: file('command.sh'), run: file('run.sh') }
  const command = options.command ?? quoted([process.execPath, PROGRAM, ...words])
  await writeFile(files.command, `echo $$ > '${files.pid}'\nexec ${command}\n`)
  await writeFile(
    files.run,
    [
      `stty rows ${rows} cols ${columns}`,
      `tty > '${files.tty}'`,
      `sh '${files.command}'`,
      'echo "CODE=$?"',
      'echo "MODES=$(stty -a | tr "\\n" " ")"',
      'echo DONE',
      'sleep 60',
    ].join('\n'),
  )
  const child = spawn('script', ['--quiet', '--flush', '--command', `sh '${files.run}'`, '/dev/null'], {
    cwd: folder,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: folder,
      TERM: 'xterm-256color',
      LANG: 'C.UTF-8',
      ...COMPILE_CACHE,
      XDG_CONFIG_HOME: join(folder, 'config'),
      XDG_STATE_HOME: join(folder, 'state'),
      ...env,
    },
  })
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, convertEol: false })
  let raw = ''
  let held = ''
  let writing = Promise.resolve()
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    raw += chunk
    held += chunk
    // As terminals do: what is between the marks of a synchronized update is shown at once.
    const begun = held.lastIndexOf('\u001b[?2026h')
    const end = begun > held.lastIndexOf('\u001b[?2026l') ? begun : held.length
    const whole = held.slice(0, end)
    held = held.slice(end)
    writing = writing.then(() => new Promise(resolve => terminal.write(whole, resolve)))
  })
  const closed = once(child, 'close')

  function screen(): string[] {
    const { active } = terminal.buffer
    return Array.from({ length: terminal.rows }, (_, row) => {
      return active.getLine(active.baseY + row)?.translateToString(true) ?? ''
    })
  }
  const look = (): string => screen().join('\n')

  async function shows(pattern: RegExp, isWanted = true): Promise<void> {
    try {
      await until('', () => pattern.test(look()) === isWanted)
    } catch {
      throw new Error(`the screen ${isWanted ? 'has no' : 'still has'} ${pattern}:\n${look()}`)
    }
  }

  function runs(): Run[][] {
    const { active } = terminal.buffer
    return Array.from({ length: terminal.rows }, (_, row) => {
      const line = active.getLine(active.baseY + row)
      const found: Run[] = []
      for (let column = 0; column < terminal.cols; column++) {
        const cell = line?.getCell(column)
        // The second half of a wide character.
        if (cell === undefined || cell.getWidth() === 0) continue
        const run: Run = {
          text: cell.getChars() || ' ',
          width: cell.getWidth(),
          colour: cell.isFgDefault() ? null : cell.getFgColor(),
          isBold: cell.isBold() !== 0,
          isDim: cell.isDim() !== 0,
          isInverse: cell.isInverse() !== 0,
        }
        const last = found.at(-1)
        const looksAlike =
          last &&
          last.colour === run.colour &&
          last.isBold === run.isBold &&
          last.isDim === run.isDim &&
          last.isInverse === run.isInverse
        if (looksAlike) {
          found.splice(-1, 1, { ...last, text: last.text + run.text, width: last.width + run.width })
        } else found.push(run)
      }
      return found
    })
  }

  return {
    screen,
    runs,
    raw: () => raw,
    type: text => void child.stdin.write(text),
    shows,
    lacks: pattern => shows(pattern, false),
    async resize(newColumns, newRows) {
      terminal.resize(newColumns, newRows)
      const tty = (await readFile(files.tty, 'utf8')).trim()
      const stty = spawn('stty', ['-F', tty, 'rows', String(newRows), 'cols', String(newColumns)])
      await once(stty, 'close')
    },
    async kill(signal) {
      process.kill(Number(await readFile(files.pid, 'utf8')), signal)
    },
    isFull: () => terminal.buffer.active.type === 'alternate',
    cursor: () => ({ x: terminal.buffer.active.cursorX, y: terminal.buffer.active.cursorY }),
    styleOf(text) {
      const { active } = terminal.buffer
      for (const [row, line] of screen().entries()) {
        const at = line.indexOf(text)
        if (at === -1) continue
        const cell = active.getLine(active.baseY + row)?.getCell(at)
        if (cell === undefined) return null
        return { colour: cell.getFgColor(), isInverse: cell.isInverse() !== 0, isDefault: cell.isFgDefault() }
      }
      return null
    },
    async ended() {
      await within(
        'the end of the command',
        until('', () => /DONE/.test(look())),
      ).catch(error => {
        throw new Error(`${error}\n${look()}`)
      })
      await writing
      const all = screen()
      const text = all.join('')
      return {
        code: Number(/CODE=(\d+)/.exec(text)?.[1]),
        isFull: terminal.buffer.active.type === 'alternate',
        isCursorShown: raw.lastIndexOf('\u001b[?25h') >= raw.lastIndexOf('\u001b[?25l'),
        hasBracketedPaste: terminal.modes.bracketedPasteMode,
        wraps: terminal.modes.wraparoundMode,
        modes: /MODES=(.*)DONE/.exec(text)?.[1] ?? '',
        after: all,
      }
    },
    async close() {
      child.kill('SIGKILL')
      await closed
      terminal.dispose()
    },
  }
}
