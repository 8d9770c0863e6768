// What a command is, how its arguments are checked, and how its help looks. In: the words after the command's name.
// Out: typed arguments, or a UsageError with one sentence. citty reads the options; it lets unknown ones pass, which a
// program that sends messages must not.
import { type ArgsDef, type ParsedArgs, parseArgs } from 'citty'
import type { Texts } from './texts.ts'

/** 0: done. 1: it failed. 2: it was called wrongly. */
export type ExitCode = 0 | 1 | 2

interface CommandParts<Args extends ArgsDef> {
  readonly name: string
  readonly about: string
  readonly args: Args
  /** Pairs of a command line and what it does. */
  readonly examples: readonly (readonly [line: string, what: string])[]
  /** What its help says at the end. */
  readonly more?: () => string
  run(args: ParsedArgs<Args>): Promise<ExitCode>
}

export interface Command extends Omit<CommandParts<ArgsDef>, 'run'> {
  /**
   * @param words what follows the command's name
   * @throws UsageError, Failure
   */
  run(words: readonly string[]): Promise<ExitCode>
}

/** The command line is wrong; the message says how, in the language of the user. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Something that a person can mend went wrong, said in their language. Exit code 1, without a stack. */
export class Failure extends Error {
  override readonly name = 'Failure'
}

/** Makes a command whose `run` gets its own arguments, typed as its table says. */
export function defineCommand<const Args extends ArgsDef>(texts: Texts, parts: CommandParts<Args>): Command {
  return { ...parts, run: async words => parts.run(parseCommandLine(parts.args, words, texts)) }
}

/** @throws UsageError for an unknown option, a missing value, or more words than the command takes */
function parseCommandLine<Args extends ArgsDef>(args: Args, words: readonly string[], texts: Texts): ParsedArgs<Args> {
  const parsed = parseArgs<Args>([...words], args)
  const { _: positionals, ...options } = parsed
  const table = Object.entries(args)
  const known = new Map(table)
  for (const [key, value] of Object.entries(options)) {
    const row = known.get(key) ?? known.get(key.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`))
    const shown = key.length === 1 ? `-${key}` : `--${key}`
    if (row === undefined) throw new UsageError(texts.usage.unknownOption(shown))
    // An option's name where a value should be is a forgotten value. A text may begin as it likes after `--`.
    const forgotten = row.type !== 'positional' && typeof value === 'string' && /^(|--.*)$/.test(value)
    if (forgotten || (row.type === 'string' && typeof value === 'boolean')) {
      throw new UsageError(texts.usage.needsValue(shown))
    }
  }
  const taken = table.filter(([, row]) => row.type === 'positional').length
  const extra = positionals.slice(taken)
  if (extra.length > 0) throw new UsageError(texts.usage.tooManyArguments(extra.join(' ')))
  return parsed
}

/** @throws UsageError unless it is a whole number in the range */
export function parseCount(option: string, given: string, from: number, to: number, texts: Texts): number {
  const value = /^[0-9]{1,10}$/.test(given) ? Number(given) : Number.NaN
  if (value >= from && value <= to) return value
  throw new UsageError(texts.usage.notANumber(option, JSON.stringify(given), from, to))
}

/** A command's help, or the program's when there is none. */
export function describeCommand(command: Command, texts: Texts): string {
  const { help } = texts
  const rows = Object.entries(command.args)
  const positionals = rows.filter(([, row]) => row.type === 'positional')
  const options = rows.filter(([, row]) => row.type !== 'positional')
  const usage = [
    `recado ${command.name}`,
    ...positionals.map(([name, row]) => (row.required === false ? `[${name}]` : `<${name}>`)),
    '[…]',
  ]
  const withDefault = (text = '', value?: unknown) =>
    typeof value === 'string' ? `${text} ${help.byDefault(value)}` : text
  return [
    command.about,
    '',
    `${help.usage}: ${usage.join(' ')}`,
    ...section(
      help.args,
      positionals.map(([name, row]) => [name, withDefault(row.description, row.default)]),
    ),
    ...section(help.options, [
      ...options.map(([name, row]): [string, string] => [
        row.type === 'string' ? `--${name} ${row.valueHint ?? 'x'}` : `--${name}`,
        withDefault(row.description, row.default),
      ]),
      ['--lang x', help.lang],
      ['--help', help.help],
    ]),
    ...section(
      help.examples,
      command.examples.map(([line, what]) => [line, what]),
    ),
    ...(command.more === undefined ? [] : ['', command.more()]),
    '',
    help.exitCodes,
  ].join('\n')
}

/** A heading and two columns; nothing when there are no rows. */
export function section(heading: string, rows: readonly (readonly [string, string])[]): string[] {
  if (rows.length === 0) return []
  const width = Math.max(...rows.map(([left]) => left.length))
  return ['', `${heading}:`, ...rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)]
}

/** Rows as lines whose columns stand below each other, two spaces apart. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => Array.from(row[column] ?? '').length)))
  return rows.map(row =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - Array.from(cell).length))
      .join('  ')
      .trimEnd(),
  )
}
